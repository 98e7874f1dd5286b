// Whose numbers a reader may see.
#ifndef SHM_EXPORTER_AGENT_MODEL_SCOPE_H
#define SHM_EXPORTER_AGENT_MODEL_SCOPE_H

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace shmx::model {

/// An operator's scope is everything: all tenants, and the agent's own families, which count them
/// all. Any other is of tenants, perhaps of none, and shows nothing else.
struct Scope {
  bool everything = true;
  std::vector<std::string> tenants{};  ///< ascending, each once; empty if everything

  bool shows(std::string_view tenant) const noexcept {
    return everything || std::binary_search(tenants.begin(), tenants.end(), tenant);
  }

  // clang-tidy 14 takes the 0 in a defaulted <=> for a pointer.
  friend auto operator<=>(const Scope&,
                          const Scope&) = default;  // NOLINT(modernize-use-nullptr)
};

}  // namespace shmx::model

#endif  // SHM_EXPORTER_AGENT_MODEL_SCOPE_H
