// Which families a client asked for with name[] parameters. Formats share it.
#ifndef SHM_EXPORTER_AGENT_RENDER_SELECTION_H
#define SHM_EXPORTER_AGENT_RENDER_SELECTION_H

#include <span>
#include <string>

#include "agent/model/model.h"

namespace shmx::render {

/// Whether the family, or one of the names its samples have, is among `names`. No names: all
/// families.
bool is_selected(const model::FamilyInfo& family, std::span<const std::string> names) noexcept;

}  // namespace shmx::render

#endif  // SHM_EXPORTER_AGENT_RENDER_SELECTION_H
