// Quantiles against numbers made by hand, as PromQL's histogram_quantile() gives them.
#include "agent/tool/top_latency.h"

#include <gtest/gtest.h>

#include <limits>

namespace shmx::tool::top {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double seconds(const Observations& observations, double q) {
  const auto found = quantile(observations, q);
  EXPECT_TRUE(found && !found->beyond);
  return found ? found->seconds : -1;
}

TEST(Quantile, IsLinearWithinItsBucket) {
  const Observations observations = {{0.1, 10}, {0.5, 80}, {1, 10}, {kInfinity, 0}};
  EXPECT_DOUBLE_EQ(seconds(observations, 0.5), 0.1 + 0.4 * (50 - 10) / 80);
  EXPECT_DOUBLE_EQ(seconds(observations, 0.99), 0.5 + 0.5 * (99 - 90) / 10);
}

TEST(Quantile, TheLowestBucketBeginsAtZero) {
  EXPECT_DOUBLE_EQ(seconds({{0.2, 4}, {kInfinity, 0}}, 0.5), 0.1);
}

TEST(Quantile, AtTheEndOfABucketIsItsBound) {
  EXPECT_DOUBLE_EQ(seconds({{1, 50}, {2, 0}, {3, 50}, {kInfinity, 0}}, 0.5), 1);
}

TEST(Quantile, EmptyBucketsBelowAreNotInterpolatedOver) {
  EXPECT_DOUBLE_EQ(seconds({{1, 0}, {2, 10}, {kInfinity, 0}}, 0.5), 1.5);
}

TEST(Quantile, AboveTheLastBoundIsBeyondIt) {
  const auto found = quantile({{1, 1}, {10, 0}, {kInfinity, 9}}, 0.5);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->beyond);
  EXPECT_EQ(found->seconds, 10);
}

TEST(Quantile, ThereIsNoneWithoutObservationsOrBounds) {
  EXPECT_FALSE(quantile({}, 0.5));
  EXPECT_FALSE(quantile({{1, 0}, {kInfinity, 0}}, 0.5));
  EXPECT_FALSE(quantile({{kInfinity, 3}}, 0.5));
}

TEST(AddDifference, WithoutAnEarlierOneIsAll) {
  Observations sum;
  add_difference(sum, nullptr, {{1, 2}, {3, 4, 5}, 0});
  EXPECT_EQ(sum, (Observations{{1, 3}, {2, 4}, {kInfinity, 5}}));
}

TEST(AddDifference, IsWhatEachBucketGrewBy) {
  Observations sum;
  const feed::Histogram before{{1, 2}, {3, 4, 5}, 0};
  add_difference(sum, &before, {{1, 2}, {3, 6, 9}, 0});
  EXPECT_EQ(sum, (Observations{{1, 0}, {2, 2}, {kInfinity, 4}}));
}

TEST(AddDifference, AddsSeriesUp) {
  Observations sum;
  add_difference(sum, nullptr, {{1, 2}, {1, 1, 0}, 0});
  add_difference(sum, nullptr, {{1, 2}, {0, 1, 2}, 0});
  EXPECT_EQ(sum, (Observations{{1, 1}, {2, 2}, {kInfinity, 2}}));
}

TEST(AddDifference, ExponentialBucketsMayHaveGrownAtBothEnds) {
  Observations sum;
  const feed::Histogram before{{2, 4}, {0, 7, 0}, 0};
  add_difference(sum, &before, {{1, 2, 4, 8}, {1, 0, 9, 3, 0}, 0});
  EXPECT_EQ(sum, (Observations{{1, 1}, {2, 0}, {4, 2}, {8, 3}, {kInfinity, 0}}));
}

TEST(AddDifference, ExponentialBucketsMayHaveBecomeWider) {
  Observations sum;
  const feed::Histogram before{{1, 2, 3, 4}, {0, 5, 6, 7, 0}, 0};
  add_difference(sum, &before, {{2, 4}, {6, 15, 0}, 0});
  EXPECT_EQ(sum, (Observations{{2, 1}, {4, 2}, {kInfinity, 0}}));
}

TEST(AddDifference, ABucketNeverLosesObservations) {
  Observations sum;
  const feed::Histogram before{{2}, {10, 0}, 0};
  add_difference(sum, &before, {{1, 2}, {4, 8, 0}, 0});
  EXPECT_EQ(sum, (Observations{{1, 4}, {2, 0}, {kInfinity, 0}}));
}

}  // namespace
}  // namespace shmx::tool::top
