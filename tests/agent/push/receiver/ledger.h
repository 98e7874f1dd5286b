// What a receiver has by stream: of cumulative streams the last point, of delta streams their sum.
#ifndef SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_LEDGER_H
#define SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_LEDGER_H

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/agent/push/receiver/points.h"

namespace shmx::testing {

/// One thread at a time.
class Ledger {
 public:
  /// What these points contradict in what was recorded before: within one start time nothing of a
  /// monotonic stream falls, time does not run back, and intervals of delta streams do not overlap.
  /// The same point once more, as a retry sends it, contradicts nothing.
  std::vector<std::string> contradictions(const std::vector<StreamPoint>& points) const;

  /// Records all but the last `rejected` points; of those, only that their interval is over.
  void record(const std::vector<StreamPoint>& points, std::size_t rejected);

  /// A delta stream's start is that of its first interval.
  const std::map<StreamId, Point>& streams() const& noexcept { return streams_; }
  std::map<StreamId, Point> streams() && { return std::move(streams_); }

  /// The sum over the streams of that metric that have at least these attributes: of values, and of
  /// a histogram its count. Nothing when there is no such stream.
  std::optional<double> total(const std::string& metric, const Attributes& attributes = {},
                              const Attributes& resource = {}) const;

  /// Delta streams with an interval that starts later than the last one ended: right after a
  /// restart of what is counted, a loss otherwise.
  const std::vector<std::string>& gaps() const& noexcept { return gaps_; }
  std::vector<std::string> gaps() && { return std::move(gaps_); }

  /// Points that came twice, and were recorded once.
  std::size_t repeats() const noexcept { return repeats_; }

 private:
  std::map<StreamId, Point> streams_;
  std::map<StreamId, Point> last_;  // of delta streams, as it came
  std::vector<std::string> gaps_;
  std::size_t repeats_ = 0;
};

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_LEDGER_H
