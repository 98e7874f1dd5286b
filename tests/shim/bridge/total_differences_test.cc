#include "shim/total_differences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "shm/layout.h"

namespace shmx {
namespace {

using testing::ElementsAre;
using Buckets = std::vector<std::uint64_t>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<std::uint64_t> increments(const HistogramDifference::Growth& growth) {
  return {growth.buckets.begin(), growth.buckets.end()};
}

TEST(ToTicks, RoundsToTheNearestTick) {
  EXPECT_EQ(to_ticks(1.25, 1), 1);
  EXPECT_EQ(to_ticks(0.0006, 1000), 1);
  EXPECT_EQ(to_ticks(-2.5, 1000), -2500);
}

TEST(ToTicks, RefusesWhatIsNoNumberAndCutsWhatIsTooLarge) {
  const auto limit = static_cast<std::int64_t>(layout::kCellMax);
  EXPECT_EQ(to_ticks(std::numeric_limits<double>::quiet_NaN(), 1), std::nullopt);
  EXPECT_EQ(to_ticks(kInfinity, 1), std::nullopt);
  EXPECT_EQ(to_ticks(-kInfinity, 1), std::nullopt);
  EXPECT_EQ(to_ticks(1e300, 1'000'000'000), limit);
  EXPECT_EQ(to_ticks(std::numeric_limits<double>::max(), 1000), limit);
  EXPECT_EQ(to_ticks(-1e300, 1), -limit);
  EXPECT_EQ(to_ticks(9.2e15, 1000), 9'200'000'000'000'000'000);
}

TEST(CounterDifference, AddsUpToTheTotalHoweverOftenItIsLookedAt) {
  CounterDifference difference;
  double total = 0;
  std::uint64_t added = 0;
  for (int i = 0; i < 10'000; ++i) {
    total += 0.0001;
    added += difference.advance(static_cast<std::uint64_t>(*to_ticks(total, 1000)));
  }
  EXPECT_EQ(added, 1000U);
}

TEST(CounterDifference, TakesAFallForAReset) {
  CounterDifference difference;
  EXPECT_EQ(difference.advance(10), 10U);
  EXPECT_EQ(difference.advance(4), 4U);
  EXPECT_EQ(difference.advance(4), 0U);
  EXPECT_EQ(difference.advance(0), 0U);
  EXPECT_EQ(difference.advance(1), 1U);
}

TEST(HistogramDifference, TellsTheGrowthOfEachBucketAndOfTheSum) {
  HistogramDifference difference(3, false);
  auto growth = difference.advance(Buckets{1, 2, 0}, 50);
  EXPECT_THAT(increments(growth), ElementsAre(1, 2, 0));
  EXPECT_EQ(growth.sum_ticks, 50);
  growth = difference.advance(Buckets{1, 5, 1}, 90);
  EXPECT_THAT(increments(growth), ElementsAre(0, 3, 1));
  EXPECT_EQ(growth.sum_ticks, 40);
}

TEST(HistogramDifference, TakesABucketThatFallsForAResetOfTheWhole) {
  HistogramDifference difference(2, false);
  difference.advance(Buckets{5, 5}, 100);
  const auto growth = difference.advance(Buckets{6, 1}, 30);
  EXPECT_THAT(increments(growth), ElementsAre(6, 1));
  EXPECT_EQ(growth.sum_ticks, 30);
  EXPECT_FALSE(growth.sum_held);
}

TEST(HistogramDifference, HoldsASumThatFallsUntilItHasCaughtUp) {
  HistogramDifference difference(1, false);
  difference.advance(Buckets{1}, 100);
  auto growth = difference.advance(Buckets{2}, 60);
  EXPECT_THAT(increments(growth), ElementsAre(1));
  EXPECT_EQ(growth.sum_ticks, 0);
  EXPECT_TRUE(growth.sum_held);
  growth = difference.advance(Buckets{3}, 110);
  EXPECT_EQ(growth.sum_ticks, 10);
  EXPECT_FALSE(growth.sum_held);
}

TEST(HistogramDifference, LetsASignedSumFall) {
  HistogramDifference difference(1, true);
  difference.advance(Buckets{1}, 100);
  EXPECT_EQ(difference.advance(Buckets{2}, -20).sum_ticks, -120);
}

TEST(HistogramDifference, CountsBucketsWhoseSumIsNoNumber) {
  HistogramDifference difference(1, false);
  difference.advance(Buckets{1}, 10);
  const auto growth = difference.advance(Buckets{2}, std::nullopt);
  EXPECT_THAT(increments(growth), ElementsAre(1));
  EXPECT_EQ(growth.sum_ticks, 0);
  EXPECT_TRUE(growth.sum_held);
}

}  // namespace
}  // namespace shmx
