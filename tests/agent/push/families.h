// Families put together by hand, for tests of pushes.
#ifndef SHM_EXPORTER_TESTS_AGENT_PUSH_FAMILIES_H
#define SHM_EXPORTER_TESTS_AGENT_PUSH_FAMILIES_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/model/model.h"

namespace shmx::push {

inline std::shared_ptr<const model::FamilyInfo> counter_info(const std::string& name) {
  auto info = std::make_shared<model::FamilyInfo>();
  info->name = name;
  info->type = model::Type::counter;
  return info;
}

inline std::shared_ptr<const model::FamilyInfo> gauge_info(const std::string& name) {
  auto info = std::make_shared<model::FamilyInfo>();
  info->name = name;
  info->type = model::Type::gauge;
  return info;
}

inline std::shared_ptr<const model::FamilyInfo> histogram_info(
    const std::string& name, std::vector<double> bounds, std::optional<NativeBuckets> native = {}) {
  auto info = std::make_shared<model::FamilyInfo>();
  info->name = name;
  info->type = model::Type::histogram;
  info->bounds = std::move(bounds);
  info->native = native;
  return info;
}

inline model::Point point(const std::string& id, decltype(model::Point::value) value,
                          std::int64_t created) {
  return {std::make_shared<const model::Series>(Labels{{"id", id}, {"job", "shop"}}),
          std::move(value), created};
}

inline std::vector<const model::Family*> pointers(const std::vector<model::Family>& families) {
  std::vector<const model::Family*> all;
  all.reserve(families.size());
  for (const model::Family& family : families) {
    all.push_back(&family);
  }
  return all;
}

}  // namespace shmx::push

#endif  // SHM_EXPORTER_TESTS_AGENT_PUSH_FAMILIES_H
