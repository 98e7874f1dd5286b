// What is within a family's name: its unit, and a counter's name without _total.
#ifndef SHM_EXPORTER_AGENT_RENDER_BASE_NAME_H
#define SHM_EXPORTER_AGENT_RENDER_BASE_NAME_H

#include <string_view>

namespace shmx::render {

/// Whether the name ends in the unit, as OpenMetrics and newer servers demand. `family` is a
/// counter's name without _total.
inline bool names_unit(std::string_view family, std::string_view unit) noexcept {
  return !unit.empty() && family.size() > unit.size() + 1 && family.ends_with(unit) &&
         family[family.size() - unit.size() - 1] == '_';
}

/// A counter's name without _total; others', and one that has none, as they are.
inline std::string_view without_total(std::string_view name) noexcept {
  constexpr std::string_view kTotal = "_total";
  const bool has_total = name.size() > kTotal.size() && name.ends_with(kTotal);
  return has_total ? name.substr(0, name.size() - kTotal.size()) : name;
}

}  // namespace shmx::render

#endif  // SHM_EXPORTER_AGENT_RENDER_BASE_NAME_H
