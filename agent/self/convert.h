// prometheus-cpp's families as the agent's. Counters, gauges, histograms and untyped values: the
// agent registers no summaries, and the model has none.
#ifndef SHM_EXPORTER_AGENT_SELF_CONVERT_H
#define SHM_EXPORTER_AGENT_SELF_CONVERT_H

#include <prometheus/metric_family.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/model/model.h"

namespace shmx::self {

/// What a family of this name is in, by its last word: "seconds", "bytes", or nothing.
std::string unit_of(std::string_view name);

/// Seconds are counted in nanoseconds; other counters and sums in whole units, to which they are
/// rounded. A family without metrics, or of summaries, has no points. `created_unix_ns`: when its
/// counters and histograms were 0; 0: unknown.
model::Family convert(const prometheus::MetricFamily& family, std::int64_t created_unix_ns = 0);

}  // namespace shmx::self

#endif  // SHM_EXPORTER_AGENT_SELF_CONVERT_H
