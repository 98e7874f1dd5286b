#include "shm/exemplars.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "shm/clock.h"

namespace shmx {
namespace {

using layout::Cell;
using layout::ExemplarSlot;
using layout::ExemplarsRecord;

// A slot is within one page, and so within one extent: a reader needs to look for each but once.
static_assert(layout::kPageBytes % sizeof(ExemplarSlot) == 0);

constexpr std::uint64_t kWordsPerSlot = sizeof(ExemplarSlot) / sizeof(Cell);

// Where in a slot, in words.
constexpr std::size_t kSequence = offsetof(ExemplarSlot, sequence) / sizeof(Cell);
constexpr std::size_t kTicks = offsetof(ExemplarSlot, ticks) / sizeof(Cell);
constexpr std::size_t kUnixNs = offsetof(ExemplarSlot, unix_ns) / sizeof(Cell);
constexpr std::size_t kTraceId = offsetof(ExemplarSlot, trace_id) / sizeof(Cell);
constexpr std::size_t kSpanId = offsetof(ExemplarSlot, span_id) / sizeof(Cell);

constinit std::atomic<Cell*> g_directory{nullptr};

std::uint32_t native_slots(const NativeBuckets& buckets) noexcept {
  return std::min(buckets.cells(), layout::kMaxNativeExemplars);
}

template <std::size_t kBytes>
void store(Cell* to, const std::array<std::uint8_t, kBytes>& id) noexcept {
  for (std::size_t at = 0; at < kBytes; at += sizeof(Cell)) {
    std::uint64_t word = 0;
    std::memcpy(&word, id.data() + at, sizeof(word));
    // Release: as in keep().
    to[at / sizeof(Cell)].store(word, std::memory_order_release);
  }
}

}  // namespace

std::uint32_t exemplar_slots(const FamilyDescriptor& family) noexcept {
  switch (family.kind) {
    case FamilyKind::counter:
      return 1;
    case FamilyKind::gauge:
      return 0;
    case FamilyKind::histogram:
      return has_classic_buckets(family.bounds, family.native) ? classic_cells_of(family)
                                                               : native_slots(*family.native);
  }
  return 0;
}

std::uint32_t native_exemplar_slot(const NativeBuckets& buckets, double value) noexcept {
  // Some 2 * kMaxNativeBuckets cells and 16 slots at most: no overflow.
  return native_cell(buckets, value) * native_slots(buckets) / buckets.cells();
}

std::uint64_t exemplar_slots_at(std::uint64_t record_at) noexcept {
  const std::uint64_t end = record_at + sizeof(ExemplarsRecord);
  return (end + sizeof(ExemplarSlot) - 1) / sizeof(ExemplarSlot) * sizeof(ExemplarSlot);
}

std::uint32_t append_exemplars(std::vector<std::byte>& directory, std::uint32_t series,
                               std::uint32_t slot_count) {
  const std::uint64_t at = directory.size();
  const std::uint64_t slots_at = exemplar_slots_at(at);
  ExemplarsRecord record{};
  record.header.type = static_cast<std::uint16_t>(layout::RecordType::exemplars);
  record.header.bytes =
      static_cast<std::uint32_t>(slots_at + slot_count * sizeof(ExemplarSlot) - at);
  record.series = series;
  record.slot_count = slot_count;
  directory.resize(at + record.header.bytes);
  std::memcpy(directory.data() + at, &record, sizeof(record));
  return static_cast<std::uint32_t>(slots_at / sizeof(ExemplarSlot));
}

namespace exemplars {

void set_directory(Cell* directory) noexcept {
  // Release: pairs with the acquire in keep(); the segment behind the pointer is complete.
  g_directory.store(directory, std::memory_order_release);
}

void keep(std::uint32_t slot, std::int64_t ticks, const SpanContext& span) noexcept {
  // Acquire: pairs with set_directory().
  Cell* const directory = g_directory.load(std::memory_order_acquire);
  if (directory == nullptr || slot == 0 || !span.valid()) {
    return;
  }
  Cell* const words = directory + slot * kWordsPerSlot;
  // Relaxed: the exchange below decides.
  std::uint64_t sequence = words[kSequence].load(std::memory_order_relaxed);
  // Acquire: pairs with the release at the end of the writer before: its words are before ours.
  if (sequence % 2 != 0 ||
      !words[kSequence].compare_exchange_strong(sequence, sequence + 1, std::memory_order_acquire,
                                                std::memory_order_relaxed)) {
    return;
  }
  // Release, each of them: pairs with the acquire of the same word in reader_exemplars.cc. Whoever
  // has read one of these words then finds the sequence odd, or further on.
  words[kTicks].store(static_cast<std::uint64_t>(ticks), std::memory_order_release);
  words[kUnixNs].store(unix_time_ns(), std::memory_order_release);
  store(words + kTraceId, span.trace_id);
  store(words + kSpanId, span.span_id);
  // Release: pairs with the reader's acquire of the sequence, and with the next writer's above.
  words[kSequence].store(sequence + 2, std::memory_order_release);
}

}  // namespace exemplars
}  // namespace shmx
