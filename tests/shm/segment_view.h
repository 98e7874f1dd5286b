// What a directory's segments say, as a test asks for it: by series name and labels. Reads with the
// real reader; a segment that it refuses fails the test.
#ifndef SHM_EXPORTER_TESTS_SHM_SEGMENT_VIEW_H
#define SHM_EXPORTER_TESTS_SHM_SEGMENT_VIEW_H

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shm/descriptor.h"
#include "shm/file.h"
#include "shm/reader.h"

namespace shmx::test {

struct SeriesView {
  FamilyDescriptor family;
  Labels labels;
  bool overflow = false;
  std::vector<std::uint64_t> cells;
  std::vector<ExemplarReading> exemplars{};

  /// Observations of a histogram, over all its buckets: the native ones if it has any.
  std::uint64_t count() const;
  /// The cells of its classic buckets, and of its native ones.
  std::vector<std::uint64_t> classic() const;
  std::vector<std::uint64_t> native() const;
  std::uint64_t sum() const { return cells.back(); }
};

struct SegmentView {
  std::string path;
  std::uint64_t file_bytes = 0;
  std::uint32_t shards = 0;  ///< how many the file has
  LockState lock = LockState::error;
  SegmentClaims claims;
  std::vector<SeriesView> series;
  std::array<std::uint64_t, layout::kLossCount> losses{};
  std::string certificates{};  ///< in PEM; empty: none

  /// Null when there is no such series.
  const SeriesView* find(std::string_view name, const Labels& labels = {}) const;
  const SeriesView* overflow_of(std::string_view name) const;
  /// The first cell of a series: a counter's value. A missing series fails the test.
  std::uint64_t value(std::string_view name, const Labels& labels = {}) const;
  /// The first cells of all series of a family, the overflow series included.
  std::uint64_t family_total(std::string_view name) const;
  std::uint64_t lost(layout::Loss loss) const { return losses[static_cast<std::size_t>(loss)]; }
};

/// Everything under a final name, and a failure for anything else that lies there.
std::vector<SegmentView> read_segments(const std::string& directory);

/// The only segment of a directory. Another number of them fails the test.
SegmentView only_segment(const std::string& directory);

/// The segment of a process. A missing one fails the test.
SegmentView segment_of(const std::string& directory, int pid);

/// The names of all files in a directory, also of unfinished ones.
std::vector<std::string> files_in(const std::string& directory);

}  // namespace shmx::test

#endif  // SHM_EXPORTER_TESTS_SHM_SEGMENT_VIEW_H
