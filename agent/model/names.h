// The words for what the segment's layout encodes as numbers, as the agent's pages and tools show
// them. Not what the layout means: that is in shm/layout.h.
#ifndef SHM_EXPORTER_AGENT_MODEL_NAMES_H
#define SHM_EXPORTER_AGENT_MODEL_NAMES_H

#include <cstddef>
#include <string_view>

#include "shm/descriptor.h"

namespace shmx::model {

/// How many causes of loss have a name; losses[] has room for more.
inline constexpr std::size_t kNamedLosses = 10;
static_assert(static_cast<std::size_t>(layout::Loss::certificates_left_out) + 1 == kNamedLosses);

/// As in layout::Loss; "unknown" for what a later writer may count.
std::string_view loss_name(std::size_t loss) noexcept;

/// "counter", "gauge", "histogram", or "unknown".
std::string_view kind_name(layout::FamilyKind kind) noexcept;

/// "sum", "min", "max", "mostrecent", "all", "in_flight", or "none".
std::string_view mode_name(layout::GaugeMode mode) noexcept;

}  // namespace shmx::model

#endif  // SHM_EXPORTER_AGENT_MODEL_NAMES_H
