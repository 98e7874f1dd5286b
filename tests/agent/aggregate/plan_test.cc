// How cells become totals.
#include "agent/aggregate/plan.h"

#include <gtest/gtest.h>

#include <limits>

namespace shmx::aggregate {
namespace {

TEST(Plan, NeighboursAreOneRun) {
  Plan plan;
  for (std::uint32_t i = 0; i < 800; ++i) {
    plan.add_count(1 + i, 7 + i);
  }
  plan.add_count(801, 3);
  ASSERT_EQ(plan.counts().size(), 2U);
  EXPECT_EQ(plan.counts()[0].count, 800U);
}

TEST(Plan, CountsOfManyFullCellsDoNotWrap) {
  Plan plan;
  plan.add_count(1, 0);
  const std::vector<std::uint64_t> cells = {0, layout::kCellMax};
  std::vector<model::Ticks> totals(1);
  for (int i = 0; i < 5; ++i) {
    plan.add_ticks(cells, totals.data());
  }
  EXPECT_TRUE(totals[0] == static_cast<model::Ticks>(layout::kCellMax) * 5);
}

TEST(Plan, ASignedSumMayFallBelowZero) {
  Plan plan;
  plan.add_signed(1, 0);
  const std::vector<std::uint64_t> cells = {0, static_cast<std::uint64_t>(-5)};
  std::vector<model::Ticks> totals(1);
  plan.add_ticks(cells, totals.data());
  EXPECT_TRUE(totals[0] == -5);
}

TEST(Plan, FewerCellsThanItNamesDoNotFit) {
  Plan plan;
  plan.add_gauge(1, 0, GaugeMode::most_recent);
  const std::vector<std::uint64_t> cells(3);
  EXPECT_TRUE(plan.fits(cells));
  EXPECT_FALSE(plan.fits(std::span(cells).first(2)));
}

double joined(GaugeMode mode, std::initializer_list<double> values) {
  Plan plan;
  plan.add_gauge(1, 0, mode);
  GaugeTotal total;
  std::uint64_t stamp = 10;
  for (const double value : values) {
    plan.add_gauges(std::vector<std::uint64_t>{0, gauge_to_cell(value), stamp--}, &total);
  }
  return total.value;
}

TEST(Plan, GaugesJoinByTheirMode) {
  EXPECT_EQ(joined(GaugeMode::sum, {1, 2, 4}), 7);
  EXPECT_EQ(joined(GaugeMode::min, {3, 1, 2}), 1);
  EXPECT_EQ(joined(GaugeMode::max, {3, 1, 2}), 3);
  EXPECT_EQ(joined(GaugeMode::most_recent, {3, 1, 2}), 3);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(joined(GaugeMode::min, {nan, 1}), 1);
  EXPECT_EQ(joined(GaugeMode::max, {1, nan}), 1);
}

TEST(Plan, AGaugeThatWasNeverSetSaysNothing) {
  Plan plan;
  plan.add_gauge(1, 0, GaugeMode::min);
  GaugeTotal total;
  plan.add_gauges(std::vector<std::uint64_t>{0, 0}, &total);
  EXPECT_FALSE(total.present);
}

}  // namespace
}  // namespace shmx::aggregate
