// Reads a segment that a stranger wrote. Nothing in it is trusted: the copy out of the mapping is
// guarded against truncation (SIGBUS becomes an error), only the private copy is parsed, and every
// violation is an error with a reason. Nothing here writes to the file, takes a lock on it or looks
// at its owner: that is agent/scan's. Not thread-safe; a reader is used by one thread at a time.
#ifndef SHM_EXPORTER_SHM_READER_H
#define SHM_EXPORTER_SHM_READER_H

#include <array>
#include <boost/interprocess/mapped_region.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shm/descriptor.h"
#include "shm/exemplar_reading.h"
#include "shm/file.h"
#include "shm/layout.h"
#include "shm/result.h"

namespace shmx {

/// Why a segment was refused: the reason label of the agent's counter.
enum class Refusal {
  io,             ///< the reader's own process lacks something (see the detail): try again later
  not_a_segment,  ///< no magic
  version,        ///< another major
  truncated,      ///< smaller than what it says, or cut while it was read
  sparse,         ///< the file has holes
  too_large,      ///< beyond kMaxSegmentBytes
  header,         ///< impossible header fields
  extents,        ///< extents with gaps, overlaps, or out of the file
  record,         ///< a directory record that is malformed
  name,           ///< an invalid family or label name, unit, or invalid UTF-8
  bounds,         ///< bucket bounds that are not finite and ascending
  cells,          ///< cells out of range, or shared by two series
  value,          ///< a cell at or above 2^63
  decreased,      ///< a cell below what it was
};
std::string_view to_string(Refusal reason) noexcept;

struct ReadError {
  Refusal reason;
  std::string detail;  ///< what was expected, and where
};

inline ReadError refuse(Refusal reason, std::string detail) {
  return {reason, std::move(detail)};
}

/// What the header says of the process. Claims, all of them.
struct SegmentClaims {
  std::array<std::uint8_t, 16> uuid{};
  std::uint16_t major = 0;
  std::uint16_t minor = 0;
  std::uint32_t pid = 0;
  std::uint64_t start_time_unix_ns = 0;
  std::string service;
};

/// Neighbouring slots of one series, in the mapping.
struct ExemplarRun {
  const layout::Cell* from;
  std::uint32_t series;
  std::size_t count;
};

/// Neighbouring cells of one shard, in the mapping.
struct CellRun {
  const layout::Cell* from;
  std::size_t first;
  std::size_t count;
};

class SegmentReader {
 public:
  /// Maps the segment behind `fd` (not taken over) and reads its header; read() does the rest.
  /// `max_bytes` bounds the file's size.
  static Result<SegmentReader, ReadError> open(const UniqueFd& fd, std::uint64_t max_bytes);

  const SegmentClaims& claims() const noexcept { return claims_; }

  /// Every family record in order; those of unknown kinds are there as their kind alone.
  const std::vector<FamilyDescriptor>& families() const noexcept { return families_; }

  /// Every series of a known kind, in the order of the directory. Grows at read(), never changes.
  const std::vector<SeriesDescriptor>& series() const noexcept { return series_; }

  /// Reads the segment once: new descriptors if the directory has grown, then every cell in use,
  /// upward, summed over the shards. After success, cells()[i] is cell i's sum: for unsigned cells
  /// below 2^63 and not below the last read's; for others two's complement or a double's bits.
  /// After an error everything that was read before stays as it was, descriptors included.
  Result<bool, ReadError> read(const UniqueFd& fd);

  /// Says that read() comes soon: lets the processor fetch what it will touch while another segment
  /// is read. Without effect on anything else.
  void prefetch() const noexcept;

  /// The cells of the last successful read, index 0 unused.
  std::span<const std::uint64_t> cells() const noexcept { return cells_; }
  const std::array<std::uint64_t, layout::kLossCount>& losses() const noexcept { return losses_; }

  /// The exemplars of the last successful read, series by series in the order of series(): of a
  /// counter at most one, of a histogram one per slot, of which a hostile writer may let several be
  /// of one bucket. Each one was written whole, and what it observed is in cells(). One that is
  /// being replaced at the instant of a read is missing there.
  std::span<const ExemplarReading> exemplars() const noexcept { return exemplars_; }

  /// The certificates that the process says it presents (shm/certificate_text.h), another object
  /// with each record of them; null when there was none. Claims, as all the rest: that the text is
  /// PEM is all that was checked.
  const std::shared_ptr<const std::string>& certificates() const noexcept { return certificates_; }

 private:
  /// One shard's part of one extent.
  struct Stretch {
    std::uint64_t file_offset;
    std::uint32_t first_cell;
    std::uint32_t cell_count;
  };
  /// A stretch of the directory.
  struct DirectoryPart {
    std::uint64_t file_offset;
    std::uint64_t first_byte;
    std::uint64_t bytes;
  };
  /// The slots of a series.
  struct ExemplarSlots {
    std::uint32_t series;  ///< index in series_
    std::uint32_t count;
    std::uint64_t first_byte;  ///< of the directory
  };
  /// What has been accepted so far of what the segment publishes.
  struct Known {
    std::uint64_t file_bytes = 0;  ///< up to the end of the last extent
    std::uint32_t extents = 0;
    std::uint32_t shards = 0;
    std::uint32_t cells = 0;            ///< per shard
    std::uint64_t directory_bytes = 0;  ///< capacity
    std::uint64_t directory_used = 0;
    std::uint32_t next_cell = 1;        ///< the first that no series has
    std::uint32_t overflow_series = 0;  ///< of series_
    std::uint32_t series_records = 0;   ///< those of unknown kinds counted
    bool series_is_known = false;       ///< the kind of the last series record's family
    bool exemplars_seen = false;        ///< of the last series record
  };
  /// What a writer releases, as one read has found it.
  struct Published {
    const layout::Header* header;
    std::uint64_t directory_used = 0;
    std::uint64_t extent_count = 0;
    std::array<std::uint64_t, layout::kLossCount> losses{};
  };
  using Status = Result<bool, ReadError>;
  class Growth;

  SegmentReader() = default;
  static ReadError vanished();
  Status map(const UniqueFd& fd);
  /// The file's size, when it is admissible.
  Result<std::uint64_t, ReadError> check_file(const UniqueFd& fd) const;
  Status read_header();
  Status read_published(const UniqueFd& fd);
  bool guarded_pass(void (*pass)(void*), void* context) const noexcept;
  Status grow(const UniqueFd& fd, const Published& published);
  Status read_extents(const UniqueFd& fd, std::uint64_t count);
  Status accept_extent(const layout::Extent& extent);
  Status accept_directory(const layout::Extent& extent);
  Status accept_cells(const layout::Extent& extent);
  Status read_directory(std::uint64_t used);
  Status decode_records(std::span<const std::byte> bytes);
  Status decode_family(std::span<const std::byte> record);
  Status decode_series(std::span<const std::byte> record);
  Status decode_exemplars(std::span<const std::byte> record, std::uint64_t at);
  Status take_certificates(std::span<const std::byte> record);
  Status take_cells(const SeriesDescriptor& series);
  Status enter_name(std::uint32_t family);
  Status enter_labels(std::uint32_t series);
  Status locate_cells();
  Status locate_exemplars();
  bool copy_exemplars();
  void take_exemplars() noexcept;
  Status read_cells();
  const layout::Cell* words_at(std::uint64_t file_offset, std::uint64_t count) const noexcept;
  const layout::Header* header() const noexcept;

  boost::interprocess::mapped_region region_;
  std::uint64_t max_bytes_ = 0;
  SegmentClaims claims_;
  Known known_;
  std::vector<Stretch> stretches_;
  std::vector<DirectoryPart> directory_;
  std::vector<FamilyDescriptor> families_;
  std::vector<SeriesDescriptor> series_;
  std::vector<std::uint32_t> families_by_name_;  ///< sorted, to find what is there twice
  std::vector<std::uint32_t> series_by_labels_;  ///< the same
  std::vector<std::uint64_t> counts_mask_;       ///< all ones where a cell only grows, else 0
  std::vector<ExemplarSlots> exemplar_slots_;
  std::vector<CellRun> runs_;               ///< what read_cells() goes over, while located_
  std::vector<ExemplarRun> exemplar_runs_;  ///< the same
  bool located_ = false;
  bool only_counts_ = false;          ///< every cell but the first only grows
  std::vector<std::uint64_t> cells_;  ///< the last good read
  std::vector<ExemplarReading> exemplars_;
  std::array<std::uint64_t, layout::kLossCount> losses_{};
  std::shared_ptr<const std::string> certificates_;
};

}  // namespace shmx

#endif  // SHM_EXPORTER_SHM_READER_H
