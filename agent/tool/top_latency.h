// Quantiles of what a histogram observed between two snapshots.
#ifndef SHM_EXPORTER_AGENT_TOOL_TOP_LATENCY_H
#define SHM_EXPORTER_AGENT_TOOL_TOP_LATENCY_H

#include <map>
#include <optional>

#include "agent/feed/client.h"

namespace shmx::tool::top {

/// Observations per bucket, by its upper bound; +Inf's is the last. Of several series, added up.
using Observations = std::map<double, double>;

/// Adds what was observed from `before` to `now`; null: since the histogram was empty. Their bounds
/// may differ, as those of exponential buckets do with the range that is in use.
void add_difference(Observations& sum, const feed::Histogram* before, const feed::Histogram& now);

struct Quantile {
  double seconds = 0;
  bool beyond = false;  ///< it is above `seconds`, the highest bound
};

/// As Prometheus' histogram_quantile(): linear within its bucket, the lowest of which begins at 0.
/// Nothing without observations or finite bounds. `q` is from 0 to 1.
std::optional<Quantile> quantile(const Observations& observations, double q);

}  // namespace shmx::tool::top

#endif  // SHM_EXPORTER_AGENT_TOOL_TOP_LATENCY_H
