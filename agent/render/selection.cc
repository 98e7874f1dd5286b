// See selection.h.
#include "agent/render/selection.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace shmx::render {
namespace {

bool is_sample_of(const model::FamilyInfo& family, std::string_view name) noexcept {
  if (!name.starts_with(family.name)) {
    return false;
  }
  name.remove_prefix(family.name.size());
  if (name.empty()) {
    return true;
  }
  static constexpr std::array<std::string_view, 3> kSuffixes = {"_bucket", "_sum", "_count"};
  return family.type == model::Type::histogram &&
         std::find(kSuffixes.begin(), kSuffixes.end(), name) != kSuffixes.end();
}

}  // namespace

bool is_selected(const model::FamilyInfo& family, std::span<const std::string> names) noexcept {
  return names.empty() || std::any_of(names.begin(), names.end(), [&](const std::string& name) {
           return is_sample_of(family, name);
         });
}

}  // namespace shmx::render
