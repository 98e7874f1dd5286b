// The collector's statistics as families.
#ifndef SHM_EXPORTER_AGENT_SELF_STATISTICS_FAMILIES_H
#define SHM_EXPORTER_AGENT_SELF_STATISTICS_FAMILIES_H

#include <prometheus/metric_family.h>

#include <vector>

#include "agent/aggregate/statistics.h"

namespace shmx::self {

std::vector<prometheus::MetricFamily> statistics_families(const aggregate::Statistics& statistics);

}  // namespace shmx::self

#endif  // SHM_EXPORTER_AGENT_SELF_STATISTICS_FAMILIES_H
