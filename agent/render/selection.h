// Which families a client asked for with name[] parameters. Formats share it.
#ifndef SHM_EXPORTER_AGENT_RENDER_SELECTION_H
#define SHM_EXPORTER_AGENT_RENDER_SELECTION_H

#include <span>
#include <string>
#include <vector>

#include "agent/model/model.h"

namespace shmx::render {

/// Whether the family's name (a counter's also without _total, as OpenMetrics has it), or one of
/// the names its samples have, is among `names`. No names: all families.
bool is_selected(const model::FamilyInfo& family, std::span<const std::string> names) noexcept;

/// Those that leave a trace on the page: selected, and with points.
std::vector<const model::Family*> selected(std::span<const model::Family* const> families,
                                           std::span<const std::string> names);

}  // namespace shmx::render

#endif  // SHM_EXPORTER_AGENT_RENDER_SELECTION_H
