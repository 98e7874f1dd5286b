// The directory's records: families and series, each checked, none there twice, and certificates.
#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

#include "shm/certificate_text.h"
#include "shm/guarded_copy.h"
#include "shm/reader.h"

namespace shmx {
namespace {

using layout::Cell;
using layout::RecordHeader;
using layout::RecordType;

ReadError refuse(const Flaw& flaw) {
  switch (flaw.part) {
    case Flaw::Part::name:
      return refuse(Refusal::name, flaw.expected);
    case Flaw::Part::bounds:
      return refuse(Refusal::bounds, flaw.expected);
    case Flaw::Part::shape:
      break;
  }
  return refuse(Refusal::record, flaw.expected);
}

// What of a family must be the same wherever its name is, but for its buckets.
auto shape_of(const FamilyDescriptor& f) {
  return std::tie(f.kind, f.mode, f.ticks_per_unit, f.unit, f.admits_negative);
}

}  // namespace

SegmentReader::Status SegmentReader::read_directory(std::uint64_t used) {
  if (used == known_.directory_used) {
    return true;
  }
  if (used < known_.directory_used || used > known_.directory_bytes || used % sizeof(Cell) != 0) {
    return refuse(Refusal::record, "expected directory_used at offset 448 to be a multiple of 8, " +
                                       std::to_string(known_.directory_used) + " to " +
                                       std::to_string(known_.directory_bytes) + ", found " +
                                       std::to_string(used));
  }
  const std::uint64_t begin = known_.directory_used;
  std::vector<std::uint64_t> words((used - begin) / sizeof(Cell));
  for (const DirectoryPart& part : directory_) {
    const std::uint64_t from = std::max(begin, part.first_byte);
    const std::uint64_t to = std::min(used, part.first_byte + part.bytes);
    if (from >= to) {
      continue;
    }
    const std::uint64_t count = (to - from) / sizeof(Cell);
    const Cell* const source = words_at(part.file_offset + (from - part.first_byte), count);
    if (source == nullptr ||
        !guarded_copy(source, words.data() + (from - begin) / sizeof(Cell), count)) {
      return vanished();
    }
  }
  if (auto status = decode_records(std::as_bytes(std::span(words))); !status) {
    return status;
  }
  known_.directory_used = used;
  counts_mask_.resize(known_.next_cell, 0);
  return true;
}

SegmentReader::Status SegmentReader::decode_records(std::span<const std::byte> bytes) {
  std::uint64_t at = known_.directory_used;
  while (!bytes.empty()) {
    RecordHeader record;
    // At least 8 bytes are left: everything is a multiple of 8.
    std::memcpy(&record, bytes.data(), sizeof(record));
    Status status = true;
    if (record.bytes < sizeof(record) || record.bytes % sizeof(Cell) != 0 ||
        record.bytes > layout::kMaxRecordBytes || record.bytes > bytes.size()) {
      status = refuse(Refusal::record, "expected a record's length");
    } else if (record.type == static_cast<std::uint16_t>(RecordType::family)) {
      status = decode_family(bytes.first(record.bytes));
    } else if (record.type == static_cast<std::uint16_t>(RecordType::series)) {
      status = decode_series(bytes.first(record.bytes));
    } else if (record.type == static_cast<std::uint16_t>(RecordType::exemplars)) {
      status = decode_exemplars(bytes.first(record.bytes), at);
    } else if (record.type == static_cast<std::uint16_t>(RecordType::certificates)) {
      status = take_certificates(bytes.first(record.bytes));
    }
    if (!status) {
      return refuse(status.error().reason,
                    status.error().detail + " in the directory at byte " + std::to_string(at));
    }
    bytes = bytes.subspan(record.bytes);
    at += record.bytes;
  }
  return true;
}

SegmentReader::Status SegmentReader::decode_family(std::span<const std::byte> record) {
  if (families_.size() >= kMaxFamilies) {
    return refuse(Refusal::record,
                  "expected at most " + std::to_string(kMaxFamilies) + " families");
  }
  FamilyDescriptor family;
  if (const Flaw flaw = decode(record, family); !flaw.none()) {
    return refuse(flaw);
  }
  families_.push_back(std::move(family));
  const auto ordinal = static_cast<std::uint32_t>(families_.size() - 1);
  return is_known(families_.back().kind) ? enter_name(ordinal) : true;
}

// A name may come again with other buckets: a process that declares a histogram twice. Anything
// else that is there twice would be two answers to one question.
SegmentReader::Status SegmentReader::enter_name(std::uint32_t family) {
  const auto key = [this](std::uint32_t i) {
    return std::tie(families_[i].name, families_[i].bounds, families_[i].native);
  };
  const auto before = [&key](std::uint32_t a, std::uint32_t b) { return key(a) < key(b); };
  const auto at =
      std::lower_bound(families_by_name_.begin(), families_by_name_.end(), family, before);
  const FamilyDescriptor& entered = families_[family];
  if (at != families_by_name_.end() && !before(family, *at)) {
    return refuse(Refusal::record, "expected family " + entered.name + " once");
  }
  // All of one name are alike, so that one neighbour speaks for all.
  const FamilyDescriptor* namesake = nullptr;
  if (at != families_by_name_.end() && families_[*at].name == entered.name) {
    namesake = &families_[*at];
  } else if (at != families_by_name_.begin() && families_[*std::prev(at)].name == entered.name) {
    namesake = &families_[*std::prev(at)];
  }
  if (namesake != nullptr && shape_of(*namesake) != shape_of(entered)) {
    return refuse(Refusal::record,
                  "expected family " + entered.name + " with one kind, mode, unit and resolution");
  }
  families_by_name_.insert(at, family);
  return true;
}

SegmentReader::Status SegmentReader::decode_series(std::span<const std::byte> record) {
  SeriesDescriptor series;
  if (const Flaw flaw = decode(record, series); !flaw.none()) {
    return refuse(flaw);
  }
  if (series.family >= families_.size()) {
    return refuse(Refusal::record, "expected a series of a family before it");
  }
  if (auto status = take_cells(series); !status) {
    return status;
  }
  ++known_.series_records;
  known_.series_is_known = is_known(families_[series.family].kind);
  known_.exemplars_seen = false;
  if (!known_.series_is_known) {
    return true;
  }
  if (series.overflow) {
    ++known_.overflow_series;  // At most one per family: enter_labels().
  } else if (series_.size() - known_.overflow_series >= kMaxSeries) {
    return refuse(Refusal::record, "expected at most " + std::to_string(kMaxSeries) + " series");
  }
  series_.push_back(std::move(series));
  return enter_labels(static_cast<std::uint32_t>(series_.size() - 1));
}

// Cells are given out upward, so no two series can share one.
SegmentReader::Status SegmentReader::take_cells(const SeriesDescriptor& series) {
  if (series.first_cell < known_.next_cell || series.cell_count == 0 ||
      series.first_cell > known_.cells || series.cell_count > known_.cells - series.first_cell) {
    return refuse(Refusal::cells, "expected cells from " + std::to_string(known_.next_cell) +
                                      " to below " + std::to_string(known_.cells));
  }
  const FamilyDescriptor& family = families_[series.family];
  known_.next_cell = series.first_cell + series.cell_count;
  if (!is_known(family.kind)) {
    return true;
  }
  if (series.cell_count != cells_of(family)) {
    return refuse(Refusal::cells, "expected " + std::to_string(cells_of(family)) +
                                      " cells of a series of " + family.name);
  }
  counts_mask_.resize(known_.next_cell, 0);
  if (family.kind != FamilyKind::gauge) {
    const std::uint32_t grow_only = series.cell_count - (family.admits_negative ? 1 : 0);
    std::fill_n(counts_mask_.begin() + series.first_cell, grow_only, ~std::uint64_t{0});
  }
  return true;
}

// A family has one overflow series, whatever its labels are, and each other series once.
SegmentReader::Status SegmentReader::enter_labels(std::uint32_t series) {
  const auto before = [this](std::uint32_t i, std::uint32_t j) {
    const SeriesDescriptor& a = series_[i];
    const SeriesDescriptor& b = series_[j];
    if (std::tie(a.family, a.overflow) != std::tie(b.family, b.overflow)) {
      return std::tie(a.family, a.overflow) < std::tie(b.family, b.overflow);
    }
    return !a.overflow && a.labels < b.labels;
  };
  const auto at =
      std::lower_bound(series_by_labels_.begin(), series_by_labels_.end(), series, before);
  if (at != series_by_labels_.end() && !before(series, *at)) {
    return refuse(Refusal::record, "expected each series of a family once");
  }
  series_by_labels_.insert(at, series);
  return true;
}

// The last record holds.
SegmentReader::Status SegmentReader::take_certificates(std::span<const std::byte> record) {
  std::string pem;
  if (const Flaw flaw = decode_certificates(record, pem); !flaw.none()) {
    return refuse(flaw);
  }
  certificates_ = std::make_shared<const std::string>(std::move(pem));
  return true;
}

}  // namespace shmx
