// An admitted segment, read: what its process declares and how far it has counted. Applies what may
// never come from a segment (reserved names); what fits together with other segments is decided by
// agent/aggregate, and when a segment is read or dead by whoever calls this.
#ifndef SHM_EXPORTER_AGENT_READ_SEGMENT_H
#define SHM_EXPORTER_AGENT_READ_SEGMENT_H

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "shm/descriptor.h"
#include "shm/file.h"
#include "shm/layout.h"
#include "shm/reader.h"
#include "shm/result.h"

namespace shmx::read {

/// A family or a series that is left out; the rest of the segment is served.
struct Omission {
  enum class Reason { reserved_family, reserved_label };
  Reason reason;
  std::string name;  ///< the family's, or the label's
};
inline constexpr std::string_view kReservedFamily = "reserved_family";
inline constexpr std::string_view kReservedLabel = "reserved_label";

/// What became known since the last call.
struct Additions {
  /// Every family so far, by ordinal. Valid until the next read().
  std::span<const FamilyDescriptor> families;
  /// The new series that may be shown, in the order of their cells.
  std::vector<SeriesDescriptor> series;
  std::vector<Omission> omissions;

  bool empty() const noexcept { return series.empty() && omissions.empty(); }
};

class Segment {
 public:
  /// Maps the segment and reads its header; read() does the rest. `fd` is not taken over.
  static Result<Segment, ReadError> open(const UniqueFd& fd, std::uint64_t max_bytes);

  const SegmentClaims& claims() const noexcept { return reader_.claims(); }

  /// One guarded copy. After an error cells() are the last good ones.
  Result<bool, ReadError> read(const UniqueFd& fd) { return reader_.read(fd); }

  /// Says that read() comes soon.
  void prefetch() const noexcept { reader_.prefetch(); }

  /// Whether take_additions() would find something.
  bool has_additions() const noexcept {
    return families_taken_ < reader_.families().size() || series_taken_ < reader_.series().size();
  }

  /// To be called after a successful read(); cheap when nothing is new.
  Additions take_additions();

  /// The cells of the last successful read, summed over the shards. Valid until the next read().
  std::span<const std::uint64_t> cells() const noexcept { return reader_.cells(); }

  /// The exemplars of the last successful read, also of series that may not be shown: whose they
  /// are, their first_cell says. Valid until the next read().
  std::span<const ExemplarReading> exemplars() const noexcept { return reader_.exemplars(); }

  const std::array<std::uint64_t, layout::kLossCount>& losses() const noexcept {
    return reader_.losses();
  }

  /// The certificates that the process says it presents, in PEM: another object when it has
  /// published others, null when it never did.
  const std::shared_ptr<const std::string>& certificates() const noexcept {
    return reader_.certificates();
  }

 private:
  explicit Segment(SegmentReader reader) : reader_(std::move(reader)) {}

  bool may_show(const SeriesDescriptor& series, std::vector<Omission>& omissions) const;

  SegmentReader reader_;
  std::size_t families_taken_ = 0;
  std::size_t series_taken_ = 0;
};

}  // namespace shmx::read

#endif  // SHM_EXPORTER_AGENT_READ_SEGMENT_H
