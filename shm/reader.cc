// Opening and reading: the file, the header and the cells. What the segment declares is
// reader_extents.cc's and reader_records.cc's.
#include "shm/reader.h"

#include <sys/stat.h>

#include <algorithm>
#include <boost/interprocess/exceptions.hpp>
#include <cerrno>
#include <cstring>
#include <new>

#include "shm/guarded_copy.h"

namespace shmx {
namespace {

using layout::Cell;
using layout::Header;

// The reader's own process could not do it: nothing that a writer puts into its file, or does to
// it, makes any of these fail. fstat knows no failure of an open file on a tmpfs; mmap of a regular
// file that is open for reading, of a size that was checked, fails for want of memory or mappings;
// and how much is allocated is bounded by the layout.
ReadError own_failure(const char* what, int code) {
  return refuse(Refusal::io, std::string(what) + ": " + std::strerror(code) + " (errno " +
                                 std::to_string(code) + ")");
}

// What one pass over the cells needs and finds; a plain value, for it is used under guarded().
struct Pass {
  std::span<const CellRun> runs;
  const std::uint64_t* counts_mask;
  std::uint64_t* sums;
  std::uint64_t seen = 0;  ///< all bits of all cells that only grow
};

// Adds the cells of kRuns runs of the same cells to the sums, upward, each read once. Returns all
// their bits. Masked: some cells are gauges or signed, whose bits say nothing of a range.
template <bool kMasked, std::size_t kRuns>
std::uint64_t add_side_by_side(const CellRun* runs, const Pass& pass) {
  std::uint64_t* const sums = pass.sums + runs->first;
  const std::uint64_t* const mask = pass.counts_mask + runs->first;
  const std::size_t count = runs->count;
  std::array<const Cell*, kRuns> from;
  for (std::size_t run = 0; run < kRuns; ++run) {
    from[run] = runs[run].from;
  }
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t sum = 0;
    std::uint64_t bits = 0;
    for (std::size_t run = 0; run < kRuns; ++run) {
      // Acquire: pairs with the release of a bucket in cells.h (observe): the sum's cell, which
      // comes later, then has what belongs to the bucket.
      const std::uint64_t value = from[run][i].load(std::memory_order_acquire);
      sum += value;
      bits |= value;
    }
    seen |= kMasked ? bits & mask[i] : bits;
    sums[i] += sum;
  }
  return seen;
}

bool are_alike(std::span<const CellRun> runs) {
  return std::all_of(runs.begin(), runs.end(), [&](const CellRun& run) {
    return run.first == runs.front().first && run.count == runs.front().count;
  });
}

// Adds every run's cells to the sums, four shards of one extent at a time: then the processor
// fetches from four places at once, and the sums are loaded and stored a quarter as often.
template <bool kMasked>
void add_runs(void* context) {
  constexpr std::size_t kFour = 4;
  Pass& pass = *static_cast<Pass*>(context);
  std::uint64_t seen = 0;
  for (std::span<const CellRun> rest = pass.runs; !rest.empty();) {
    const bool four = rest.size() >= kFour && are_alike(rest.first(kFour));
    seen |= four ? add_side_by_side<kMasked, kFour>(rest.data(), pass)
                 : add_side_by_side<kMasked, 1>(rest.data(), pass);
    rest = rest.subspan(four ? kFour : 1);
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

Result<SegmentReader, ReadError> SegmentReader::open(const UniqueFd& fd,
                                                     std::uint64_t max_bytes) try {
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
} catch (const std::bad_alloc&) {
  return own_failure("memory", ENOMEM);
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

ReadError SegmentReader::vanished() {
  return refuse(Refusal::truncated, "the file was truncated while it was read");
}

Result<std::uint64_t, ReadError> SegmentReader::check_file(const UniqueFd& fd) const {
  struct stat file {};
  if (::fstat(fd.get(), &file) != 0) {
    return own_failure("fstat", errno);
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
  runs_.clear();  // They point into the mapping that may go.
  exemplar_runs_.clear();
  try {
    region_ =
        boost::interprocess::mapped_region(fd, boost::interprocess::read_only, 0, size.value());
  } catch (const boost::interprocess::interprocess_exception& e) {
    return own_failure("mmap", e.get_native_error());
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

Result<bool, ReadError> SegmentReader::read(const UniqueFd& fd) try {
  if (const auto size = check_file(fd); !size) {
    return size.error();
  }
  return read_published(fd);
} catch (const std::bad_alloc&) {
  return own_failure("memory", ENOMEM);
}

SegmentReader::Status SegmentReader::read_published(const UniqueFd& fd) {
  Published published{header()};
  const bool copied = guarded_pass(
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
  const bool grown =
      published.extent_count != known_.extents || published.directory_used != known_.directory_used;
  if (auto status = grown ? grow(fd, published) : read_cells(); !status) {
    return status;
  }
  losses_ = published.losses;
  return true;
}

// Runs a pass over what is mapped, and says whether all of it was there.
bool SegmentReader::guarded_pass(void (*pass)(void*), void* context) const noexcept {
  return guarded({region_.get_address(), region_.get_size()}, pass, context);
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
  if (auto status = locate_exemplars(); !status) {
    return status;
  }
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
  // Before the cells: what an exemplar observed was counted before it was kept.
  if (!exemplar_runs_.empty() && !copy_exemplars()) {
    return vanished();
  }
  const std::size_t used = counts_mask_.size();
  // One scratch for all readers of the thread stays in its cache; each reader keeps good values
  // only.
  thread_local std::vector<std::uint64_t> scratch;
  scratch.assign(used, 0);
  Pass pass{runs_, counts_mask_.data(), scratch.data()};
  if (!guarded_pass(only_counts_ ? add_runs<false> : add_runs<true>, &pass)) {
    return vanished();
  }
  if (pass.seen > kSumsWithoutWrap) {
    std::fill(scratch.begin(), scratch.end(), 0);
    pass.seen = 0;
    if (!guarded_pass(add_runs_saturating, &pass)) {
      return vanished();
    }
    if (pass.seen > layout::kCellMax) {
      return refuse(Refusal::value, "expected counters, buckets and sums below 2^63");
    }
  }
  std::uint64_t fell = 0;
  const std::uint64_t* const now = scratch.data();  // Pointers: the loop is hot, its bounds known.
  const std::uint64_t* const before = cells_.data();
  const std::uint64_t* const counts = counts_mask_.data();
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    const std::uint64_t mask = only_counts_ ? ~std::uint64_t{0} : counts[i];
    fell |= (now[i] - before[i]) & mask;  // Both below 2^63: the top bit is the sign.
  }
  if (fell > layout::kCellMax) {
    return refuse(Refusal::decreased, "expected no counter, bucket or sum below its last value");
  }
  cells_.assign(scratch.begin(), scratch.end());
  if (!exemplar_runs_.empty()) {
    take_exemplars();
  }
  return true;
}

}  // namespace shmx
