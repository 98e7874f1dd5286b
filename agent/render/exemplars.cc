// See exemplars.h.
#include "agent/render/exemplars.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace shmx::render {
namespace {

std::size_t code_points(std::string_view text) noexcept {
  // All bytes but those that continue a code point.
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

}  // namespace

bool is_shown(const model::Exemplar& exemplar) noexcept {
  std::size_t length = 0;
  for (const Label& label : exemplar.labels) {
    length += code_points(label.name) + code_points(label.value);
  }
  return length <= kMaxExemplarCodePoints && !std::isnan(exemplar.value);
}

void exemplars_of_buckets(std::span<const model::Exemplar> exemplars,
                          std::span<const double> bounds,
                          std::vector<const model::Exemplar*>& shown) {
  shown.assign(bounds.size() + 1, nullptr);
  for (const model::Exemplar& exemplar : exemplars) {
    if (!is_shown(exemplar)) {
      continue;
    }
    const auto holds = std::lower_bound(bounds.begin(), bounds.end(), exemplar.value);
    const model::Exemplar*& latest = shown[static_cast<std::size_t>(holds - bounds.begin())];
    if (latest == nullptr || latest->unix_ns <= exemplar.unix_ns) {
      latest = &exemplar;
    }
  }
}

}  // namespace shmx::render
