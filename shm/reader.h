// Reads a segment that a stranger wrote. Nothing in it is trusted: the copy out of the mapping is
// guarded against truncation (SIGBUS becomes an error), only the private copy is parsed, and every
// violation is an error with a reason. Nothing here writes to the file, takes a lock on it or looks at
// its owner: that is agent/scan's. Not thread-safe; a reader is used by one thread at a time.
#ifndef SHM_EXPORTER_SHM_READER_H
#define SHM_EXPORTER_SHM_READER_H

#include <array>
#include <boost/interprocess/mapped_region.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shm/descriptor.h"
#include "shm/file.h"
#include "shm/layout.h"
#include "shm/result.h"

namespace shmx {

/// Why a segment was refused: the reason label of the agent's counter.
enum class Refusal {
  io,              ///< the kernel said no (see the detail): try again later
  not_a_segment,   ///< no magic
  version,         ///< another major
  truncated,       ///< smaller than what it says, or cut while it was read
  sparse,          ///< the file has holes
  too_large,       ///< beyond kMaxSegmentBytes
  header,          ///< impossible header fields
  extents,         ///< extents with gaps, overlaps, or out of the file
  record,          ///< a directory record that is malformed
  name,            ///< an invalid family or label name, or invalid UTF-8
  bounds,          ///< bucket bounds that are not finite and ascending
  cells,           ///< cells out of range, or shared by two series
  value,           ///< a cell at or above 2^63
  decreased,       ///< a cell below what it was
};
std::string_view to_string(Refusal reason) noexcept;

struct ReadError {
  Refusal reason;
  std::string detail;  ///< what was expected, and where
};

/// What the header says of the process. Claims, all of them.
struct SegmentClaims {
  std::array<std::uint8_t, 16> uuid{};
  std::uint16_t major = 0;
  std::uint16_t minor = 0;
  std::uint32_t pid = 0;
  std::uint64_t start_time_unix_ns = 0;
  std::string service;
};

class SegmentReader {
 public:
  /// Maps the segment behind `fd` (not taken over) and decodes what is published so far. `max_bytes`
  /// bounds the file's size.
  static Result<SegmentReader, ReadError> open(const UniqueFd& fd, std::uint64_t max_bytes);

  const SegmentClaims& claims() const noexcept { return claims_; }

  /// Every family record in order; those of unknown kinds are there as their kind alone.
  const std::vector<FamilyDescriptor>& families() const noexcept { return families_; }

  /// Every series of a known kind, in the order of the directory. Grows at read(), never changes.
  const std::vector<SeriesDescriptor>& series() const noexcept { return series_; }

  /// Reads the segment once: new descriptors if the directory has grown, then every cell in use,
  /// upward, summed over the shards. After success, cells()[i] is cell i's sum: for unsigned cells
  /// below 2^63 and not below the last read's; for others two's complement or a double's bits.
  /// After an error everything that was read before stays as it was.
  Result<bool, ReadError> read(const UniqueFd& fd);

  std::span<const std::uint64_t> cells() const noexcept { return cells_; }
  const std::array<std::uint64_t, layout::kLossCount>& losses() const noexcept { return losses_; }

 private:
  struct Stretch {  ///< one shard's part of one extent, as bytes of the mapping
    std::uint64_t file_offset;
    std::uint32_t shard;
    std::uint32_t first_cell;
    std::uint32_t cell_count;
  };

  Result<bool, ReadError> map(const UniqueFd& fd);
  Result<bool, ReadError> read_extents(std::uint64_t count);
  Result<bool, ReadError> read_directory(std::uint64_t used);
  Result<bool, ReadError> decode_record(std::span<const std::byte> record);
  Result<bool, ReadError> read_cells();

  boost::interprocess::mapped_region region_;
  std::uint64_t file_bytes_ = 0;
  std::uint64_t max_bytes_ = 0;
  SegmentClaims claims_;
  std::vector<layout::Extent> extents_;
  std::vector<Stretch> stretches_;
  std::uint64_t directory_decoded_ = 0;
  std::uint64_t directory_mapped_ = 0;
  std::uint32_t shards_mapped_ = 0;
  std::uint32_t cells_mapped_ = 0;
  std::uint32_t cells_used_ = 0;
  std::vector<FamilyDescriptor> families_;
  std::vector<SeriesDescriptor> series_;
  std::vector<std::uint64_t> any_value_;  ///< all ones where a cell is not an unsigned counter
  std::vector<std::uint64_t> copy_;
  std::vector<std::uint64_t> sums_;
  std::vector<std::uint64_t> cells_;
  std::array<std::uint64_t, layout::kLossCount> losses_{};
};

}  // namespace shmx

#endif  // SHM_EXPORTER_SHM_READER_H
