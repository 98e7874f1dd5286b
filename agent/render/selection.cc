// See selection.h.
#include "agent/render/selection.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "agent/render/base_name.h"

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
  // An untyped one may have histograms.
  return (family.type == model::Type::histogram || family.type == model::Type::untyped) &&
         std::find(kSuffixes.begin(), kSuffixes.end(), name) != kSuffixes.end();
}

}  // namespace

bool is_selected(const model::FamilyInfo& family, std::span<const std::string> names) noexcept {
  const bool counter = family.type == model::Type::counter;
  return names.empty() || std::any_of(names.begin(), names.end(), [&](const std::string& name) {
           return is_sample_of(family, name) || (counter && name == without_total(family.name));
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
