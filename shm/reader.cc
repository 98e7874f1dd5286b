#include "shm/reader.h"

#include <sys/stat.h>

#include <algorithm>
#include <boost/interprocess/exceptions.hpp>
#include <cerrno>
#include <cstring>

#include "shm/guarded_copy.h"

namespace shmx {
namespace {

using layout::Cell;
using layout::Extent;
using layout::ExtentKind;
using layout::Header;
using layout::RecordHeader;
using layout::RecordType;

ReadError refuse(Refusal reason, std::string detail) {
  return {reason, std::move(detail)};
}

ReadError vanished() {
  return refuse(Refusal::truncated, "the file was truncated while it was read");
}

// What one pass over the cells needs and finds; a plain value, for it is used under guarded().
struct Pass {
  std::span<const CellRun> runs;
  const std::uint64_t* counts_mask;
  std::uint64_t* sums;
  std::uint64_t seen = 0;  ///< all bits of all cells that only grow
};

// Adds every run's cells to the sums, upward, each read once. Masked: some cells are gauges or
// signed, whose bits say nothing of a range.
template <bool kMasked>
void add_runs(void* context) {
  Pass& pass = *static_cast<Pass*>(context);
  std::uint64_t seen = 0;
  for (const CellRun& run : pass.runs) {
    std::uint64_t* const sums = pass.sums + run.first;
    const std::uint64_t* const mask = pass.counts_mask + run.first;
    for (std::size_t i = 0; i < run.count; ++i) {
      // Acquire: pairs with the release of a bucket in cells.h (observe): the sum's cell, which
      // comes later, then has what belongs to the bucket.
      const std::uint64_t value = run.from[i].load(std::memory_order_acquire);
      seen |= kMasked ? value & mask[i] : value;
      sums[i] += value;
    }
  }
  pass.seen = seen;
}

// The same where a sum might pass 2^63: it stays at kCellMax, which keeps it from falling.
void add_runs_saturating(void* context) {
  Pass& pass = *static_cast<Pass*>(context);
  for (const CellRun& run : pass.runs) {
    for (std::size_t i = 0; i < run.count; ++i) {
      std::uint64_t& sum = pass.sums[run.first + i];
      // Acquire: as in add_runs().
      const std::uint64_t value = run.from[i].load(std::memory_order_acquire);
      if (pass.counts_mask[run.first + i] == 0) {
        sum += value;
        continue;
      }
      pass.seen |= value;
      sum = std::min(sum + (value & layout::kCellMax), layout::kCellMax);
    }
  }
}

// 64 shards of values below this cannot pass 2^63.
constexpr std::uint64_t kSumsWithoutWrap = layout::kCellMax / layout::kMaxShards;

}  // namespace

std::string_view to_string(Refusal reason) noexcept {
  switch (reason) {
    case Refusal::io:
      return "io";
    case Refusal::not_a_segment:
      return "not_a_segment";
    case Refusal::version:
      return "version";
    case Refusal::truncated:
      return "truncated";
    case Refusal::sparse:
      return "sparse";
    case Refusal::too_large:
      return "too_large";
    case Refusal::header:
      return "header";
    case Refusal::extents:
      return "extents";
    case Refusal::record:
      return "record";
    case Refusal::name:
      return "name";
    case Refusal::bounds:
      return "bounds";
    case Refusal::cells:
      return "cells";
    case Refusal::value:
      return "value";
    case Refusal::decreased:
      return "decreased";
  }
  return "unknown";
}

Result<SegmentReader, ReadError> SegmentReader::open(const UniqueFd& fd, std::uint64_t max_bytes) {
  SegmentReader reader;
  reader.max_bytes_ = std::min(max_bytes, layout::kMaxSegmentBytes);
  if (auto status = reader.map(fd); !status) {
    return status.error();
  }
  if (auto status = reader.read_header(); !status) {
    return status.error();
  }
  reader.known_.file_bytes = layout::kHeaderBytes;
  return reader;
}

const Header* SegmentReader::header() const noexcept {
  return static_cast<const Header*>(region_.get_address());
}

// The one gatekeeper from an offset to a pointer: inside the mapping, aligned, without overflow.
const Cell* SegmentReader::words_at(std::uint64_t file_offset, std::uint64_t count) const noexcept {
  const std::uint64_t size = region_.get_size();
  if (file_offset % sizeof(Cell) != 0 || file_offset > size ||
      count > (size - file_offset) / sizeof(Cell)) {
    return nullptr;
  }
  return reinterpret_cast<const Cell*>(static_cast<const std::byte*>(region_.get_address()) +
                                       file_offset);
}

Result<std::uint64_t, ReadError> SegmentReader::check_file(const UniqueFd& fd) const {
  struct stat file {};
  if (::fstat(fd.get(), &file) != 0) {
    return refuse(Refusal::io, std::string("fstat: ") + std::strerror(errno));
  }
  const auto size = static_cast<std::uint64_t>(file.st_size);
  if (size < std::max<std::uint64_t>(known_.file_bytes, layout::kHeaderBytes)) {
    return refuse(Refusal::truncated,
                  "expected at least " +
                      std::to_string(std::max(known_.file_bytes, layout::kHeaderBytes)) +
                      " bytes, found " + std::to_string(size));
  }
  if (size > max_bytes_) {
    return refuse(Refusal::too_large, "expected at most " + std::to_string(max_bytes_) +
                                          " bytes, found " + std::to_string(size));
  }
  // Reading a hole through a mapping would allocate memory on the writer's behalf.
  if (static_cast<std::uint64_t>(file.st_blocks) * 512 < size) {
    return refuse(Refusal::sparse, "expected a file without holes");
  }
  return size;
}

SegmentReader::Status SegmentReader::map(const UniqueFd& fd) {
  // The size that was checked is the size that is mapped: the file may have another one already.
  const auto size = check_file(fd);
  if (!size) {
    return size.error();
  }
  located_ = false;
  try {
    region_ =
        boost::interprocess::mapped_region(fd, boost::interprocess::read_only, 0, size.value());
  } catch (const boost::interprocess::interprocess_exception& e) {
    return refuse(Refusal::io, std::string("mmap: ") + e.what());
  }
  return true;
}

SegmentReader::Status SegmentReader::read_header() {
  std::array<std::uint64_t, layout::kHeaderBytes / sizeof(Cell)> words;
  if (!guarded_copy(words_at(0, words.size()), words.data(), words.size())) {
    return vanished();
  }
  const auto* const bytes = reinterpret_cast<const char*>(words.data());
  if (std::memcmp(bytes, layout::kMagic, sizeof(layout::kMagic)) != 0) {
    return refuse(Refusal::not_a_segment, "expected the magic SHMX at offset 0");
  }
  std::memcpy(&claims_.major, bytes + offsetof(Header, major), sizeof(claims_.major));
  std::memcpy(&claims_.minor, bytes + offsetof(Header, minor), sizeof(claims_.minor));
  if (claims_.major != layout::kMajor) {
    return refuse(Refusal::version, "expected layout version " + std::to_string(layout::kMajor) +
                                        ".x, found " + std::to_string(claims_.major) + "." +
                                        std::to_string(claims_.minor));
  }
  std::uint32_t header_bytes = 0;
  std::uint32_t service_bytes = 0;
  std::memcpy(&header_bytes, bytes + offsetof(Header, header_bytes), sizeof(header_bytes));
  std::memcpy(&service_bytes, bytes + offsetof(Header, service_bytes), sizeof(service_bytes));
  if (header_bytes != layout::kHeaderBytes) {
    return refuse(Refusal::header, "expected a header of 4096 bytes at offset 8");
  }
  if (service_bytes == 0 || service_bytes > layout::kMaxServiceBytes) {
    return refuse(Refusal::header, "expected a service name of 1 to 256 bytes at offset 44");
  }
  claims_.service.assign(bytes + offsetof(Header, service), service_bytes);
  if (!is_utf8(claims_.service)) {
    return refuse(Refusal::name, "expected UTF-8 in the service name at offset 48");
  }
  std::memcpy(claims_.uuid.data(), bytes + offsetof(Header, uuid), claims_.uuid.size());
  std::memcpy(&claims_.pid, bytes + offsetof(Header, pid), sizeof(claims_.pid));
  std::memcpy(&claims_.start_time_unix_ns, bytes + offsetof(Header, start_time_unix_ns),
              sizeof(claims_.start_time_unix_ns));
  return true;
}

Result<bool, ReadError> SegmentReader::read(const UniqueFd& fd) {
  if (const auto size = check_file(fd); !size) {
    return size.error();
  }
  struct Published {
    const Header* header;
    std::uint64_t directory_used;
    std::uint64_t extent_count;
    std::array<std::uint64_t, layout::kLossCount> losses;
  } published{header(), 0, 0, {}};
  const bool copied = guarded(
      [](void* context) {
        auto& p = *static_cast<Published*>(context);
        // Acquire: pairs with the releases in segment_file.cc. The directory first: whatever cells
        // its records name were published in extents before it.
        p.directory_used = p.header->directory_used.load(std::memory_order_acquire);
        p.extent_count = p.header->extent_count.load(std::memory_order_acquire);
        copy_words(p.header->losses, p.losses.data(), p.losses.size());
      },
      &published);
  if (!copied) {
    return vanished();
  }
  if (auto status = read_extents(fd, published.extent_count); !status) {
    return status;
  }
  if (auto status = read_directory(published.directory_used); !status) {
    return status;
  }
  if (auto status = read_cells(); !status) {
    return status;
  }
  losses_ = published.losses;
  return true;
}

SegmentReader::Status SegmentReader::read_extents(const UniqueFd& fd, std::uint64_t count) {
  if (count < known_.extents || count > layout::kMaxExtents) {
    return refuse(Refusal::extents, "expected " + std::to_string(known_.extents) + " to " +
                                        std::to_string(layout::kMaxExtents) +
                                        " extents at offset 456, found " + std::to_string(count));
  }
  constexpr std::size_t kWords = sizeof(Extent) / sizeof(Cell);
  std::array<std::uint64_t, layout::kMaxExtents * kWords> words;
  const std::size_t fresh = count - known_.extents;
  const Cell* const from =
      words_at(offsetof(Header, extents) + known_.extents * sizeof(Extent), fresh * kWords);
  if (fresh != 0 && !guarded_copy(from, words.data(), fresh * kWords)) {
    return vanished();
  }
  for (std::size_t i = 0; i < fresh; ++i) {
    Extent extent;
    std::memcpy(&extent, words.data() + i * kWords, sizeof(extent));
    if (auto status = accept_extent(extent); !status) {
      return status;
    }
  }
  if (known_.file_bytes <= region_.get_size()) {
    return true;
  }
  return map(fd);  // The file has grown; map() checks that it is as large as the extents say. When
                   // the kernel has no memory for it, the next read tries again.
}

SegmentReader::Status SegmentReader::accept_extent(const Extent& extent) {
  const std::string which = "extent " + std::to_string(known_.extents);
  if (extent.file_offset != known_.file_bytes) {
    return refuse(Refusal::extents, which + ": expected it at file offset " +
                                        std::to_string(known_.file_bytes) + ", found " +
                                        std::to_string(extent.file_offset));
  }
  if (extent.word_count == 0 || extent.word_count % layout::kWordsPerPage != 0) {
    return refuse(Refusal::extents, which + ": expected a positive number of whole pages");
  }
  const std::uint64_t bytes = std::uint64_t{extent.word_count} * sizeof(Cell);
  std::uint64_t copies = 1;
  if (extent.kind == ExtentKind::directory) {
    if (extent.shard_count != 0 || extent.first_shard != 0 ||
        std::uint64_t{extent.first_word} * sizeof(Cell) != known_.directory_bytes ||
        bytes > layout::kMaxDirectoryBytes - known_.directory_bytes) {
      return refuse(Refusal::extents, which + ": expected it to continue the directory");
    }
    directory_.push_back({extent.file_offset, known_.directory_bytes, bytes});
    known_.directory_bytes += bytes;
  } else if (extent.kind == ExtentKind::cells) {
    const bool more_cells = extent.first_shard == 0 && extent.first_word == known_.cells &&
                            (known_.shards == 0 || extent.shard_count == known_.shards);
    const bool more_shards = known_.shards != 0 && extent.first_shard == known_.shards &&
                             extent.first_word == 0 && extent.word_count == known_.cells;
    if (extent.shard_count == 0 || extent.shard_count > layout::kMaxShards ||
        extent.first_shard > layout::kMaxShards - extent.shard_count ||
        !(more_cells || more_shards) ||
        (more_cells && extent.word_count > layout::kMaxCells - known_.cells)) {
      return refuse(Refusal::extents,
                    which + ": expected more cells of every shard, or all cells of new shards");
    }
    for (std::uint32_t i = 0; i < extent.shard_count; ++i) {
      stretches_.push_back({extent.file_offset + i * bytes, extent.first_word, extent.word_count});
    }
    copies = extent.shard_count;
    known_.shards = std::max(known_.shards, extent.first_shard + extent.shard_count);
    known_.cells = std::max(known_.cells, extent.first_word + extent.word_count);
  } else {
    return refuse(Refusal::extents, which + ": expected a kind of 1 or 2");
  }
  known_.file_bytes += copies * bytes;
  if (known_.file_bytes > max_bytes_) {
    return refuse(Refusal::too_large,
                  which + ": expected at most " + std::to_string(max_bytes_) + " bytes in all");
  }
  ++known_.extents;
  return true;
}

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
  located_ = false;
  return true;
}

SegmentReader::Status SegmentReader::decode_records(std::span<const std::byte> bytes) {
  std::uint64_t at = known_.directory_used;
  while (!bytes.empty()) {
    RecordHeader record;
    std::memcpy(&record, bytes.data(),
                sizeof(record));  // At least 8 bytes are left: multiples of 8.
    const std::string where = " in the directory at byte " + std::to_string(at);
    if (record.bytes < sizeof(record) || record.bytes % sizeof(Cell) != 0 ||
        record.bytes > layout::kMaxRecordBytes || record.bytes > bytes.size()) {
      return refuse(Refusal::record, "expected a record's length" + where);
    }
    const auto body = bytes.first(record.bytes);
    Status status = true;
    if (record.type == static_cast<std::uint16_t>(RecordType::family)) {
      status = decode_family(body);
    } else if (record.type == static_cast<std::uint16_t>(RecordType::series)) {
      status = decode_series(body);
    }
    if (!status) {
      return refuse(status.error().reason, status.error().detail + where);
    }
    bytes = bytes.subspan(record.bytes);
    at += record.bytes;
  }
  return true;
}

SegmentReader::Status SegmentReader::decode_family(std::span<const std::byte> record) {
  FamilyDescriptor family;
  const std::string problem = decode(record, family);
  if (!problem.empty()) {
    const bool bounds = problem.find("bucket bounds") != std::string::npos;
    const bool name =
        problem.find("name") != std::string::npos || problem.find("UTF-8") != std::string::npos;
    return refuse(bounds ? Refusal::bounds : name ? Refusal::name : Refusal::record, problem);
  }
  families_.push_back(std::move(family));
  return true;
}

SegmentReader::Status SegmentReader::decode_series(std::span<const std::byte> record) {
  SeriesDescriptor series;
  const std::string problem = decode(record, series);
  if (!problem.empty()) {
    const bool shape = problem.find("record") != std::string::npos;
    return refuse(shape ? Refusal::record : Refusal::name, problem);
  }
  if (series.family >= families_.size()) {
    return refuse(Refusal::record, "expected a series of a family before it");
  }
  // Cells are given out upward, so no two series can share one.
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
  series_.push_back(std::move(series));
  return true;
}

// Where the cells in use are, for the mapping and the directory as they are now.
SegmentReader::Status SegmentReader::locate_cells() {
  const std::size_t used = counts_mask_.size();
  runs_.clear();
  for (const Stretch& stretch : stretches_) {
    if (stretch.first_cell < used) {
      const std::size_t count =
          std::min<std::size_t>(stretch.cell_count, used - stretch.first_cell);
      const Cell* const from = words_at(stretch.file_offset, count);
      if (from == nullptr) {
        return vanished();
      }
      runs_.push_back({from, stretch.first_cell, count});
    }
  }
  // Cell 0 belongs to nobody and is 0 in every honest segment; in another the saturating pass looks
  // away.
  only_counts_ = used == 0 ||
                 std::find(counts_mask_.begin() + 1, counts_mask_.end(), 0U) == counts_mask_.end();
  located_ = true;
  return true;
}

void SegmentReader::prefetch() const noexcept {
  __builtin_prefetch(header()->losses);
  __builtin_prefetch(&header()->directory_used);
  for (const CellRun& run : runs_) {
    for (std::size_t i = 0; i < run.count; i += layout::kWordsPerPage) {
      __builtin_prefetch(run.from + i);
    }
  }
}

SegmentReader::Status SegmentReader::read_cells() {
  if (!located_) {
    if (auto status = locate_cells(); !status) {
      return status;
    }
  }
  const std::size_t used = counts_mask_.size();
  // One scratch for all readers of the thread stays in its cache; each reader keeps good values
  // only.
  thread_local std::vector<std::uint64_t> scratch;
  scratch.assign(used, 0);
  Pass pass{runs_, counts_mask_.data(), scratch.data()};
  if (!guarded(only_counts_ ? add_runs<false> : add_runs<true>, &pass)) {
    return vanished();
  }
  if (pass.seen > kSumsWithoutWrap) {
    std::fill(scratch.begin(), scratch.end(), 0);
    pass.seen = 0;
    if (!guarded(add_runs_saturating, &pass)) {
      return vanished();
    }
    if (pass.seen > layout::kCellMax) {
      return refuse(Refusal::value, "expected counters, buckets and sums below 2^63");
    }
  }
  std::uint64_t fell = 0;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    const std::uint64_t mask = only_counts_ ? ~std::uint64_t{0} : counts_mask_[i];
    fell |= (scratch[i] - cells_[i]) & mask;  // Both below 2^63: the top bit is the sign.
  }
  if (fell > layout::kCellMax) {
    return refuse(Refusal::decreased, "expected no counter, bucket or sum below its last value");
  }
  cells_.assign(scratch.begin(), scratch.end());
  return true;
}

}  // namespace shmx
