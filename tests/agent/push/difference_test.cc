// What is new of a total, and when it is no continuation.
#include "agent/push/difference.h"

#include <gtest/gtest.h>

#include "tests/agent/push/families.h"

namespace shmx::push {
namespace {

using model::CounterValue;
using model::HistogramValue;
using model::Ticks;
using Cells = std::vector<Ticks>;

model::Acknowledged last(const std::shared_ptr<const model::FamilyInfo>& info, Value value,
                         std::int64_t created) {
  return {"key", info, std::move(value), created, 1000};
}

Ticks ticks(const Value& value) {
  return std::get<CounterValue>(value).ticks;
}

const HistogramValue& cells(const Value& value) {
  return std::get<HistogramValue>(value);
}

TEST(Difference, OfTicksIsExactBeyondSixtyFourBits) {
  const Ticks large = static_cast<Ticks>(1) << 100;
  EXPECT_TRUE(ticks(difference(CounterValue{large + 1}, CounterValue{large})) == 1);
}

TEST(Difference, OfAHistogramIsPerBucketAndOfItsSum) {
  const Value gained =
      difference(HistogramValue{{5, 7}, -3, {12}}, HistogramValue{{4, 7}, 2, {11}});
  EXPECT_TRUE((cells(gained).buckets == Cells{1, 0}));
  EXPECT_TRUE((cells(gained).native == Cells{1}));
  EXPECT_TRUE(cells(gained).sum == -5);
}

TEST(Difference, WhereABucketFellIsHeldBackFromTheOthersUntilItCatchesUp) {
  Value sent = HistogramValue{{1, 0, 3}, 0, {}};
  const Value moved = HistogramValue{{2, 1, 2}, 0, {}};  // one was seen in the last bucket first
  const Value gained = difference(moved, sent);
  EXPECT_TRUE((cells(gained).buckets == Cells{1, 0, 0}));
  add(sent, gained);
  const Value later = difference(HistogramValue{{2, 1, 4}, 0, {}}, sent);
  EXPECT_TRUE((cells(later).buckets == Cells{0, 1, 1}));
  add(sent, later);
  EXPECT_TRUE((cells(sent).buckets == Cells{2, 1, 4}));
}

TEST(Difference, OfNoObservationIsNothingThoughTheSumIsAhead) {
  EXPECT_TRUE(is_nothing(HistogramValue{{0, 0}, 5, {0}}));
  EXPECT_FALSE(is_nothing(HistogramValue{{0, 1}, 0, {}}));
  EXPECT_FALSE(is_nothing(HistogramValue{{}, 0, {1}}));
  EXPECT_TRUE(is_nothing(CounterValue{0}));
}

TEST(Continuation, IsSaidByTheTimeOfCreation) {
  const auto info = counter_info("x_total");
  model::Acknowledged seven = last(info, CounterValue{7}, 100);
  EXPECT_EQ(continuation(seven, info, point("", CounterValue{9}, 100)), Continuation::same_run);
  EXPECT_EQ(continuation(seven, info, point("", CounterValue{9}, 101)), Continuation::restarted);
  EXPECT_EQ(continuation(seven, info, point("", CounterValue{9}, 99)), Continuation::same_run);
}

TEST(Continuation, IsNeverAFall) {
  const auto info = counter_info("x_total");
  model::Acknowledged seven = last(info, CounterValue{7}, 100);
  EXPECT_EQ(continuation(seven, info, point("", CounterValue{6}, 100)), Continuation::incomparable);
  EXPECT_EQ(continuation(seven, info, point("", CounterValue{6}, 99)), Continuation::incomparable);
}

TEST(Continuation, WithoutTimesIsSaidByAFall) {
  const auto info = counter_info("x_total");
  model::Acknowledged seven = last(info, CounterValue{7}, 0);
  EXPECT_EQ(continuation(seven, info, point("", CounterValue{7}, 0)), Continuation::same_run);
  EXPECT_EQ(continuation(seven, info, point("", CounterValue{6}, 0)), Continuation::restarted);
  EXPECT_EQ(continuation(seven, info, point("", CounterValue{6}, 50)), Continuation::restarted);
}

TEST(Continuation, FollowsBucketsThatGetFewer) {
  const auto fine = histogram_info("x", {1, 2, 3});
  const auto coarse = histogram_info("x", {2});
  model::Acknowledged acknowledged = last(fine, HistogramValue{{1, 2, 3, 4}, 9, {}}, 100);
  EXPECT_EQ(continuation(acknowledged, coarse, point("", HistogramValue{{4, 7}, 10, {}}, 100)),
            Continuation::same_run);
  EXPECT_TRUE((cells(acknowledged.value).buckets == Cells{3, 7}));
  EXPECT_TRUE(cells(acknowledged.value).sum == 9);
}

TEST(Continuation, FollowsNativeBucketsThatGetFewer) {
  const auto fine = histogram_info("x", {}, NativeBuckets{1, 1, 4, false});
  const auto coarse = histogram_info("x", {}, NativeBuckets{0, 1, 2, false});
  model::Acknowledged acknowledged = last(fine, HistogramValue{{}, 9, {1, 2, 3, 4, 5, 6}}, 100);
  EXPECT_EQ(
      continuation(acknowledged, coarse, point("", HistogramValue{{}, 10, {1, 5, 9, 7}}, 100)),
      Continuation::same_run);
  EXPECT_TRUE((cells(acknowledged.value).native == Cells{1, 5, 9, 6}));
}

TEST(Continuation, IsNoneOfOtherBucketsOrTypesOrResolutions) {
  const auto info = histogram_info("x", {1, 2});
  const auto nine = point("", HistogramValue{{9, 9, 9}, 0, {}}, 100);
  model::Acknowledged other =
      last(histogram_info("x", {1, 3}), HistogramValue{{1, 1, 1}, 0, {}}, 100);
  EXPECT_EQ(continuation(other, info, nine), Continuation::incomparable);
  model::Acknowledged counter = last(counter_info("x"), CounterValue{1}, 100);
  EXPECT_EQ(continuation(counter, info, nine), Continuation::incomparable);
  auto scaled = std::make_shared<model::FamilyInfo>(*info);
  scaled->ticks_per_unit = 1000;
  model::Acknowledged coarse = last(scaled, HistogramValue{{1, 1, 1}, 0, {}}, 100);
  EXPECT_EQ(continuation(coarse, info, nine), Continuation::incomparable);
}

TEST(Continuation, OfAValueThatDoesNotFitItsBucketsIsNone) {
  const auto info = histogram_info("x", {1, 2});
  model::Acknowledged torn = last(histogram_info("x", {1, 2, 3}), HistogramValue{{1}, 0, {}}, 100);
  EXPECT_EQ(continuation(torn, info, point("", HistogramValue{{9, 9, 9}, 0, {}}, 100)),
            Continuation::incomparable);
}

}  // namespace
}  // namespace shmx::push
