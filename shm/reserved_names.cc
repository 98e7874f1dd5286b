#include "shm/reserved_names.h"

#include <algorithm>
#include <array>

namespace shmx {
namespace {

using namespace std::string_view_literals;

constexpr std::array kFamilies = {"up"sv, "target_info"sv};
constexpr std::array kFamilyPrefixes = {"ALERTS"sv, "scrape_"sv, "shm_exporter_"sv};
constexpr std::array kLabels = {"job"sv, "instance"sv, "tenant"sv,  "uid"sv,
                                "pid"sv, "le"sv,       "quantile"sv};
constexpr std::array kLabelPrefixes = {"exported_"sv, "__"sv};

template <typename Names, typename Prefixes>
bool matches(std::string_view name, const Names& names, const Prefixes& prefixes) noexcept {
  return std::find(names.begin(), names.end(), name) != names.end() ||
         std::any_of(prefixes.begin(), prefixes.end(),
                     [name](std::string_view prefix) { return name.starts_with(prefix); });
}

}  // namespace

bool is_reserved_family(std::string_view name) noexcept {
  return matches(name, kFamilies, kFamilyPrefixes);
}

bool is_reserved_label(std::string_view name) noexcept {
  return matches(name, kLabels, kLabelPrefixes);
}

}  // namespace shmx
