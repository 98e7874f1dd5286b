// An epoch as the collector would give it, made by hand.
#ifndef SHM_EXPORTER_TESTS_AGENT_STATUS_EPOCHS_H
#define SHM_EXPORTER_TESTS_AGENT_STATUS_EPOCHS_H

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/model/page.h"

namespace shmx::testing {

using Value = decltype(model::Point::value);

inline model::Family family(model::FamilyInfo info, std::vector<std::pair<Labels, Value>> points) {
  model::Family made{std::make_shared<model::FamilyInfo>(std::move(info)), {}};
  for (std::pair<Labels, Value>& point : points) {
    std::ranges::sort(point.first);
    made.points.push_back(
        {std::make_shared<model::Series>(std::move(point.first)), std::move(point.second)});
  }
  return made;
}

inline model::FamilyInfo named(std::string name, std::string tenant = {}) {
  model::FamilyInfo info;
  info.name = std::move(name);
  info.tenant = std::move(tenant);
  return info;
}

inline model::CounterValue counter(std::int64_t count) {
  return {count};
}

/// Of seconds, in nanoseconds.
inline model::FamilyInfo seconds(std::string name, std::vector<double> bounds) {
  model::FamilyInfo info = named(std::move(name));
  info.type = model::Type::histogram;
  info.ticks_per_unit = 1'000'000'000;
  info.bounds = std::move(bounds);
  return info;
}

inline bool by_name(const model::Family& a, const model::Family& b) {
  return a.info->name < b.info->name;
}

inline std::shared_ptr<const model::Epoch> epoch(std::vector<model::Family> collected,
                                                 std::vector<model::Family> own = {}) {
  std::ranges::stable_sort(collected, by_name);
  std::ranges::stable_sort(own, by_name);
  auto snapshot = std::make_shared<model::Snapshot>(model::Snapshot{std::move(collected)});
  return std::make_shared<model::Epoch>(model::Epoch{std::move(snapshot), std::move(own)});
}

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_STATUS_EPOCHS_H
