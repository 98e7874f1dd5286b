// What a segment says, as a test wants to compare it: series in Prometheus' notation and their
// values.
#ifndef SHM_EXPORTER_TESTS_SHIM_SEGMENT_VALUES_H
#define SHM_EXPORTER_TESTS_SHIM_SEGMENT_VALUES_H

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shm/descriptor.h"
#include "shm/reader.h"

namespace shmx::test {

/// Every series of the conformance tests bears this label; its value is the test's name, so that
/// tests in one process (one registry) do not see each other.
inline constexpr std::string_view kTestLabel = "test";

/// `family{a="b",c="d"}` to a counter's or a gauge's value; `family_count{…}` to a histogram's
/// count.
using Samples = std::map<std::string, double>;

struct SegmentView {
  Samples values;
  Samples sums;                                       ///< histograms' sums, by `family_sum{…}`
  std::map<std::string, std::vector<double>> bounds;  ///< by family
  std::map<std::string, NativeBuckets> native;        ///< by family, of those that have such
  std::map<std::string, double> native_counts;  ///< over native buckets, by `family_count{…}`
  std::map<std::string, std::vector<ExemplarReading>> exemplars;  ///< by `family{…}`, if any
};

/// The series of one test, without the test's label. Empty when there is no segment.
SegmentView read_segment(const std::string& path, std::string_view test);

/// Every series of the segment, whoever counts it: for what must not be there.
Samples read_everything(const std::string& path);

/// The same without the series that are 0.
Samples nonzero(Samples values);

/// The families among the names of the series; a histogram's is its name with _count.
std::vector<std::string> families(const Samples& values);

/// `family{…}` with the labels in ascending order.
std::string notation(std::string_view family, Labels labels);

/// The directory of this process's segment: new and empty, removed at exit.
const std::string& segment_directory();

/// What this process has counted for a test.
SegmentView own(std::string_view test);

/// The segment of another process in the directory, once it exists.
std::optional<std::string> find_segment(const std::string& directory, int pid);

}  // namespace shmx::test

#endif  // SHM_EXPORTER_TESTS_SHIM_SEGMENT_VALUES_H
