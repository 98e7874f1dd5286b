// name[] parameters.
#include "agent/render/selection.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace shmx::render {
namespace {

model::FamilyInfo family(const char* name, model::Type type) {
  model::FamilyInfo info;
  info.name = name;
  info.type = type;
  return info;
}

TEST(IsSelected, WithoutNamesEverythingIs) {
  EXPECT_TRUE(is_selected(family("a_total", model::Type::counter), {}));
}

TEST(IsSelected, ByTheFamilysName) {
  const std::vector<std::string> names = {"a_total"};
  EXPECT_TRUE(is_selected(family("a_total", model::Type::counter), names));
  EXPECT_FALSE(is_selected(family("a", model::Type::counter), names));
  EXPECT_FALSE(is_selected(family("a_total_x", model::Type::counter), names));
}

TEST(IsSelected, ACounterByItsNameInOpenMetricsToo) {
  const std::vector<std::string> names = {"a"};
  EXPECT_TRUE(is_selected(family("a_total", model::Type::counter), names));
  EXPECT_FALSE(is_selected(family("a_totals", model::Type::counter), names));
  EXPECT_FALSE(is_selected(family("a_total", model::Type::gauge), names));
}

TEST(IsSelected, AHistogramByItsSamplesNames) {
  const model::FamilyInfo info = family("x_seconds", model::Type::histogram);
  for (const char* name : {"x_seconds", "x_seconds_bucket", "x_seconds_sum", "x_seconds_count"}) {
    EXPECT_TRUE(is_selected(info, std::vector<std::string>{"other", name})) << name;
  }
  EXPECT_FALSE(is_selected(info, std::vector<std::string>{"x_seconds_total"}));
  EXPECT_FALSE(is_selected(family("x_seconds", model::Type::gauge),
                           std::vector<std::string>{"x_seconds_count"}));
}

}  // namespace
}  // namespace shmx::render
