// Exemplars, the only bytes of the directory that change: their records, and the copy of their
// slots at each read. A slot's words are taken if its sequence was the same even number before and
// after.
#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "shm/exemplars.h"
#include "shm/guarded_copy.h"
#include "shm/reader.h"

namespace shmx {
namespace {

using layout::Cell;
using layout::ExemplarSlot;
using layout::ExemplarsRecord;

constexpr std::size_t kWordsPerSlot = sizeof(ExemplarSlot) / sizeof(Cell);
constexpr std::size_t kUsedWords = offsetof(ExemplarSlot, reserved) / sizeof(Cell);

// A thread that replaces an exemplar takes some nanoseconds for it; one that is stopped meanwhile,
// or lies, is not waited for.
constexpr int kAttempts = 3;

// A slot as it was once.
struct Copied {
  std::uint32_t series;
  std::array<std::uint64_t, kUsedWords> words;
};

// What one pass over the slots needs and finds; a plain value, for it is used under guarded().
struct Pass {
  std::span<const ExemplarRun> runs;
  Copied* out;
  std::size_t count = 0;
};

bool copy_slot(const Cell* slot, std::uint64_t* to) noexcept {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    // Acquire, all of them. Of the sequence: pairs with the release at the end of
    // exemplars::keep(), so that the words are its writer's or a later one's. Of each word: pairs
    // with its release there, so that the sequence that is loaded last has changed if the word had.
    copy_words(slot, to, kUsedWords);
    // Relaxed: the acquire loads above keep it behind them.
    if (to[0] % 2 == 0 && slot->load(std::memory_order_relaxed) == to[0]) {
      return to[0] != 0;
    }
  }
  return false;
}

void copy_runs(void* context) {
  Pass& pass = *static_cast<Pass*>(context);
  for (const ExemplarRun& run : pass.runs) {
    for (std::size_t i = 0; i < run.count; ++i) {
      Copied& copied = pass.out[pass.count];
      if (copy_slot(run.from + i * kWordsPerSlot, copied.words.data())) {
        copied.series = run.series;
        ++pass.count;
      }
    }
  }
}

// One scratch for all readers of the thread. As many slots as there can be are 8 MiB.
struct Scratch {
  std::vector<Copied> slots;
  std::size_t count = 0;
};
Scratch& scratch() {
  thread_local Scratch instance;
  return instance;
}

ExemplarSlot slot_of(const Copied& copied) noexcept {
  ExemplarSlot slot{};
  std::memcpy(&slot, copied.words.data(), sizeof(copied.words));
  return slot;
}

}  // namespace

// One record per series at most, right after it.
SegmentReader::Status SegmentReader::decode_exemplars(std::span<const std::byte> record,
                                                      std::uint64_t at) {
  ExemplarsRecord fixed;
  if (record.size() < sizeof(fixed)) {
    return refuse(Refusal::record, "expected a record of exemplars as long as its parts");
  }
  std::memcpy(&fixed, record.data(), sizeof(fixed));
  if (known_.series_records == 0 || fixed.series != known_.series_records - 1 ||
      known_.exemplars_seen) {
    return refuse(Refusal::record, "expected exemplars of the series before them, once");
  }
  if (fixed.slot_count == 0 || fixed.slot_count > layout::kMaxBounds + 1) {
    return refuse(Refusal::record, "expected room for 1 to " +
                                       std::to_string(layout::kMaxBounds + 1) + " exemplars");
  }
  const std::uint64_t first_byte = exemplar_slots_at(at);
  if (record.size() < first_byte - at + fixed.slot_count * sizeof(ExemplarSlot)) {
    return refuse(Refusal::record, "expected a record of exemplars as long as its parts");
  }
  known_.exemplars_seen = true;
  if (!known_.series_is_known) {
    return true;
  }
  const FamilyDescriptor& family = families_[series_.back().family];
  if (fixed.slot_count != exemplar_slots(family)) {
    return refuse(Refusal::record, "expected room for " + std::to_string(exemplar_slots(family)) +
                                       " exemplars of a series of " + family.name);
  }
  exemplar_slots_.push_back(
      {static_cast<std::uint32_t>(series_.size() - 1), fixed.slot_count, first_byte});
  return true;
}

// Where the slots are, for the mapping and the directory as they are now. Both the slots and the
// parts of the directory ascend.
SegmentReader::Status SegmentReader::locate_exemplars() {
  exemplar_runs_.clear();
  auto part = directory_.begin();
  for (const ExemplarSlots& slots : exemplar_slots_) {
    std::uint64_t from = slots.first_byte;
    const std::uint64_t end = from + slots.count * sizeof(ExemplarSlot);
    while (from < end) {
      // All of the record lies below directory_used, and so in the parts.
      while (part->first_byte + part->bytes <= from) {
        ++part;
      }
      const std::uint64_t to = std::min(end, part->first_byte + part->bytes);
      const std::uint64_t words = (to - from) / sizeof(Cell);
      const Cell* const at = words_at(part->file_offset + (from - part->first_byte), words);
      if (at == nullptr) {
        return vanished();
      }
      exemplar_runs_.push_back({at, slots.series, words / kWordsPerSlot});
      from = to;
    }
  }
  return true;
}

// Copies what is in the slots now; false when they are gone. exemplars_ has room for it then.
bool SegmentReader::copy_exemplars() {
  std::size_t slots = 0;
  for (const ExemplarRun& run : exemplar_runs_) {
    slots += run.count;
  }
  Scratch& copied = scratch();
  if (copied.slots.size() < slots) {
    copied.slots.resize(slots);
  }
  Pass pass{exemplar_runs_, copied.slots.data()};
  if (!guarded_pass(copy_runs, &pass)) {
    return false;
  }
  copied.count = pass.count;
  exemplars_.reserve(copied.count);
  return true;
}

// Takes what makes sense of the slots that were copied last.
void SegmentReader::take_exemplars() noexcept {
  exemplars_.clear();
  for (const Copied& copied : std::span(scratch().slots).first(scratch().count)) {
    const ExemplarSlot slot = slot_of(copied);
    const SeriesDescriptor& series = series_[copied.series];
    ExemplarReading reading{copied.series,
                            series.first_cell,
                            static_cast<std::int64_t>(slot.ticks),
                            static_cast<std::int64_t>(slot.unix_ns),
                            {}};
    std::copy_n(slot.trace_id, sizeof(slot.trace_id), reading.span.trace_id.begin());
    std::copy_n(slot.span_id, sizeof(slot.span_id), reading.span.span_id.begin());
    if (reading.span.valid() && reading.unix_ns >= 0 &&
        (reading.ticks >= 0 || families_[series.family].admits_negative)) {
      exemplars_.push_back(reading);
    }
  }
}

}  // namespace shmx
