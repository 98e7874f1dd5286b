#include "agent/status/own.h"

#include <algorithm>
#include <variant>

namespace shmx::status {
namespace {

double number(const model::Family& family, const model::Point& point) {
  if (const auto* const counter = std::get_if<model::CounterValue>(&point.value)) {
    return model::to_units(counter->ticks, family.info->ticks_per_unit);
  }
  const auto* const gauge = std::get_if<model::GaugeValue>(&point.value);
  return gauge != nullptr ? gauge->value : 0;
}

}  // namespace

void Own::each(std::string_view family,
               const std::function<void(const Labels&, double)>& receive) const {
  const auto before = [](const model::Family& one, std::string_view name) {
    return one.info->name < name;
  };
  auto found = std::lower_bound(families_.begin(), families_.end(), family, before);
  for (; found != families_.end() && found->info->name == family; ++found) {
    for (const model::Point& point : found->points) {
      receive(point.series->labels(), number(*found, point));
    }
  }
}

double Own::sum(std::string_view family) const {
  double sum = 0;
  each(family, [&sum](const Labels& /*labels*/, double value) { sum += value; });
  return sum;
}

}  // namespace shmx::status
