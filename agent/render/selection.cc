// See selection.h.
#include "agent/render/selection.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace shmx::render {
namespace {

constexpr std::string_view kTotal = "_total";

bool is_counter_without_total(const model::FamilyInfo& family, std::string_view name) noexcept {
  return family.type == model::Type::counter && family.name.size() == name.size() + kTotal.size() &&
         family.name.starts_with(name) && family.name.ends_with(kTotal);
}

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
           return is_sample_of(family, name) || is_counter_without_total(family, name);
         });
}

std::vector<const model::Family*> selected(std::span<const model::Family* const> families,
                                           std::span<const std::string> names) {
  std::vector<const model::Family*> found;
  found.reserve(families.size());
  std::copy_if(families.begin(), families.end(), std::back_inserter(found),
               [&](const model::Family* family) {
                 return !family->points.empty() && is_selected(*family->info, names);
               });
  return found;
}

}  // namespace shmx::render
