// Which exemplars a page shows, in every format that has them.
#ifndef SHM_EXPORTER_AGENT_RENDER_EXEMPLARS_H
#define SHM_EXPORTER_AGENT_RENDER_EXEMPLARS_H

#include <cstddef>
#include <span>
#include <vector>

#include "agent/model/model.h"

namespace shmx::render {

/// OpenMetrics' limit for the names and values of an exemplar's labels together.
inline constexpr std::size_t kMaxExemplarCodePoints = 128;

/// Whether its labels are short enough and its value is a number.
bool is_shown(const model::Exemplar& exemplar) noexcept;

/// For each bucket, +Inf's the last, the latest exemplar whose value it holds, or nullptr.
/// `shown` is overwritten; it points into `exemplars`.
void exemplars_of_buckets(std::span<const model::Exemplar> exemplars,
                          std::span<const double> bounds,
                          std::vector<const model::Exemplar*>& shown);

}  // namespace shmx::render

#endif  // SHM_EXPORTER_AGENT_RENDER_EXEMPLARS_H
