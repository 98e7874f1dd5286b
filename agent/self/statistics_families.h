// The collector's statistics as families.
#ifndef SHM_EXPORTER_AGENT_SELF_STATISTICS_FAMILIES_H
#define SHM_EXPORTER_AGENT_SELF_STATISTICS_FAMILIES_H

#include <prometheus/metric_family.h>

#include <string_view>
#include <vector>

#include "agent/aggregate/statistics.h"

namespace shmx::self {

std::vector<prometheus::MetricFamily> statistics_families(const aggregate::Statistics& statistics);

/// Whether the state carries the family's counters over restarts of the agent, so that they were 0
/// nobody knows when.
bool outlives_the_agent(std::string_view family) noexcept;

}  // namespace shmx::self

#endif  // SHM_EXPORTER_AGENT_SELF_STATISTICS_FAMILIES_H
