// OpenMetrics text, 1.0.0 and 0.0.1: a page is the same in both (https://openmetrics.io).
#ifndef SHM_EXPORTER_AGENT_RENDER_OPENMETRICS_H
#define SHM_EXPORTER_AGENT_RENDER_OPENMETRICS_H

#include <span>
#include <string>

#include "agent/model/model.h"

namespace shmx::render {

/// Appends the families, in their order, and `# EOF`. `names` as append_text() takes them.
/// `created`: with _created samples. Values are left out only where OpenMetrics has no place for
/// them: a histogram's sum and count when it has buckets below 0 or a sum below 0 (no sum may
/// fall). Thread-safe on different strings.
void append_openmetrics(std::span<const model::Family* const> families, std::string& text,
                        std::span<const std::string> names = {}, bool created = false);

}  // namespace shmx::render

#endif  // SHM_EXPORTER_AGENT_RENDER_OPENMETRICS_H
