// What of a page is sent as deltas, rule by rule.
#include "agent/push/deltas.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/agent/push/delta_receiver.h"
#include "tests/agent/push/families.h"

namespace shmx::push {
namespace {

using model::CounterValue;
using model::GaugeValue;
using model::HistogramValue;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Families = std::vector<model::Family>;

constexpr std::int64_t kStarted = 500;  // the agent

class Pages : public ::testing::Test {
 protected:
  Pages() { restart(); }

  void restart() {
    deltas_.emplace(store_.store(), kStarted);
    ASSERT_TRUE(deltas_->load());
  }

  // The points to send of a page of these families; gauges included.
  std::vector<otlp::Encoded> take(Families families, std::int64_t unix_ns) {
    page_ = std::move(families);
    return points_of(deltas_->take(pointers(page_), unix_ns));
  }

  std::vector<otlp::Encoded> take_and_acknowledge(Families families, std::int64_t unix_ns) {
    auto points = take(std::move(families), unix_ns);
    deltas_->acknowledge(points);
    EXPECT_TRUE(deltas_->save());
    return points;
  }

  Families page(model::Ticks ticks, std::int64_t created = 100) const {
    return {{info_, {point("a", CounterValue{ticks}, created)}}};
  }

  static std::int64_t ticks(const otlp::Encoded& encoded) {
    return static_cast<std::int64_t>(std::get<CounterValue>(encoded.point->value).ticks);
  }

  std::shared_ptr<const model::FamilyInfo> info_ = counter_info("orders_total");
  StoreInMemory store_;
  std::optional<Deltas> deltas_;
  Families page_;
};

TEST_F(Pages, WhatIsNewIsSentWholeSinceItWasCreated) {
  const auto sent = take(page(7), 1000);
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(ticks(sent[0]), 7);
  EXPECT_EQ(sent[0].point->created_unix_ns, 100);
}

TEST_F(Pages, WhatBeganNobodyKnowsWhenIsSentSinceTheAgentStarted) {
  const auto sent = take(page(7, 0), 1000);
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].point->created_unix_ns, kStarted);
}

TEST_F(Pages, WhatWasAcknowledgedIsNotSentAgain) {
  take_and_acknowledge(page(7), 1000);
  const auto sent = take(page(9), 2000);
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(ticks(sent[0]), 2);
  EXPECT_EQ(sent[0].point->created_unix_ns, 1000);
}

TEST_F(Pages, WhatWasNotAcknowledgedIsSentWithWhatComes) {
  take_and_acknowledge(page(7), 1000);
  take(page(9), 2000);
  const auto sent = take(page(12), 3000);
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(ticks(sent[0]), 5);
  EXPECT_EQ(sent[0].point->created_unix_ns, 1000);
}

TEST_F(Pages, WithoutChangeNothingIsSentAndTheNextIntervalJoins) {
  EXPECT_THAT(take(page(0), 1000), IsEmpty());
  take_and_acknowledge(page(7), 2000);
  EXPECT_THAT(take_and_acknowledge(page(7), 3000), IsEmpty());
  EXPECT_EQ(take(page(8), 4000)[0].point->created_unix_ns, 2000);
}

TEST_F(Pages, ARestartIsSentWholeAndOverlapsNothing) {
  take_and_acknowledge(page(7), 1000);
  auto sent = take(page(9, 1500), 2000);
  EXPECT_EQ(ticks(sent[0]), 9);
  EXPECT_EQ(sent[0].point->created_unix_ns, 1500);
  sent = take(page(9, 900), 2000);
  EXPECT_EQ(ticks(sent[0]), 9);
  EXPECT_EQ(sent[0].point->created_unix_ns, 1000);
}

TEST_F(Pages, ARestartThatFailsIsSentWholeAgain) {
  take_and_acknowledge(page(7), 1000);
  take(page(9, 1500), 2000);
  EXPECT_EQ(ticks(take(page(11, 1500), 3000)[0]), 11);
}

TEST_F(Pages, AnEarlierTimeOfCreationIsNoRestart) {
  take_and_acknowledge(page(7), 1000);
  EXPECT_EQ(ticks(take(page(9, 50), 2000)[0]), 2);
}

TEST_F(Pages, AnIntervalNeverRunsBackWithTheWallClock) {
  take_and_acknowledge(page(7), 1000);
  take_and_acknowledge(page(8), 400);
  EXPECT_EQ(take(page(9), 2000)[0].point->created_unix_ns, 1000);
}

TEST_F(Pages, GaugesAndUntypedFamiliesAreSentAsTheyAre) {
  Families families = {{gauge_info("level"), {point("a", GaugeValue{4}, 0)}}};
  for (const std::int64_t now : {1000, 2000}) {
    const auto sent = take_and_acknowledge(families, now);
    ASSERT_THAT(sent, SizeIs(1));
    EXPECT_EQ(sent[0].point, page_[0].points.data());
  }
  EXPECT_EQ(deltas_->series(), 0U);
}

TEST_F(Pages, ATotalThatIsUntypedForAWhileIsNotSentAgain) {
  take_and_acknowledge(page(7), 1000);
  take_and_acknowledge({{gauge_info("orders_total"), {point("a", GaugeValue{8}, 0)}}}, 2000);
  EXPECT_EQ(ticks(take(page(9), 3000)[0]), 2);
}

TEST_F(Pages, AHistogramThatTenantsDisagreeAboutIsSentAsADifferenceAllTheWhile) {
  const auto info = histogram_info("wait_seconds", {1});
  auto untyped = std::make_shared<model::FamilyInfo>(*info);
  untyped->type = model::Type::untyped;
  const auto page = [](const auto& of, model::Ticks below, model::Ticks above) {
    return Families{{of, {point("a", HistogramValue{{below, above}, 5}, 100)}}};
  };
  // The buckets of what is sent, which is acknowledged then.
  const auto sent = [&](Families families, std::int64_t unix_ns) {
    std::vector<std::vector<model::Ticks>> all;
    const auto points = take(std::move(families), unix_ns);
    all.reserve(points.size());
    for (const otlp::Encoded& one : points) {
      all.push_back(std::get<HistogramValue>(one.point->value).buckets);
    }
    deltas_->acknowledge(points);
    EXPECT_TRUE(deltas_->save());
    return all;
  };
  EXPECT_THAT(sent(page(info, 7, 1), 1000), ElementsAre(ElementsAre(7, 1)));
  EXPECT_THAT(sent(page(untyped, 7, 1), 2000), IsEmpty());
  EXPECT_THAT(sent(page(untyped, 9, 1), 3000), ElementsAre(ElementsAre(2, 0)));
  restart();
  EXPECT_THAT(sent(page(untyped, 9, 1), 4000), IsEmpty());
  EXPECT_THAT(sent(page(info, 9, 4), 5000), ElementsAre(ElementsAre(0, 3)));
}

TEST_F(Pages, AHistogramThatIsShownAsItsNumbersForAWhileIsNotSentAgain) {
  const auto info = histogram_info("wait_seconds", {1});
  const auto page = [&](model::Ticks below, model::Ticks above) {
    return Families{{info, {point("a", HistogramValue{{below, above}, 5}, 100)}}};
  };
  const auto number = [](const std::string& name) {
    auto untyped = std::make_shared<model::FamilyInfo>(*gauge_info(name));
    untyped->type = model::Type::untyped;
    return model::Family{untyped, {point("a", GaugeValue{8}, 0)}};
  };
  take_and_acknowledge(page(7, 1), 1000);
  take_and_acknowledge(
      {number("wait_seconds_bucket"), number("wait_seconds_count"), number("wait_seconds_sum")},
      2000);
  const auto sent = take(page(9, 1), 3000);
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_THAT(std::get<HistogramValue>(sent[0].point->value).buckets, ElementsAre(2, 0));
}

TEST_F(Pages, OnlyWhatAMessageHeldIsAcknowledged) {
  Families families = {
      {info_, {point("a", CounterValue{1}, 100), point("b", CounterValue{2}, 100)}}};
  const auto sent = take(families, 1000);
  const std::string second = key_of(*sent[1].family, *sent[1].point);
  deltas_->acknowledge(std::span(sent).first(1));
  const auto rest = take(families, 2000);
  ASSERT_THAT(rest, SizeIs(1));
  EXPECT_EQ(key_of(*rest[0].family, *rest[0].point), second);
}

TEST_F(Pages, SeriesThatLeftAreForgottenHereAndInTheStore) {
  take_and_acknowledge(page(7), 1000);
  EXPECT_EQ(deltas_->series(), 1U);
  EXPECT_THAT(store_.series, SizeIs(1));
  take_and_acknowledge({}, 2000);
  EXPECT_EQ(deltas_->series(), 0U);
  EXPECT_THAT(store_.series, IsEmpty());
}

TEST_F(Pages, ExemplarsAreOfTheIntervalOnly) {
  Families families = page(7);
  families[0].points[0].exemplars = {{{}, 1, 900}};
  EXPECT_THAT(take_and_acknowledge(families, 1000)[0].point->exemplars, SizeIs(1));
  families[0].points[0].value = CounterValue{9};
  EXPECT_THAT(take(families, 2000)[0].point->exemplars, IsEmpty());
}

TEST_F(Pages, WhatFellWithoutARestartIsSentFromThenOnAndTold) {
  take_and_acknowledge(page(7), 1000);
  EXPECT_THAT(take_and_acknowledge(page(4), 2000), IsEmpty());
  EXPECT_THAT(deltas_->take_notice(), HasSubstr("1 series fell"));
  EXPECT_THAT(deltas_->take_notice(), IsEmpty());
  EXPECT_EQ(ticks(take(page(5), 3000)[0]), 1);
}

TEST_F(Pages, BucketsThatGetFewerContinue) {
  take_and_acknowledge(
      {{histogram_info("wait", {1, 2}), {point("a", HistogramValue{{1, 2, 3}, 9, {}}, 100)}}},
      1000);
  const auto sent = take(
      {{histogram_info("wait", {2}), {point("a", HistogramValue{{4, 3}, 10, {}}, 100)}}}, 2000);
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_TRUE((cells_of(sent[0].point->value) == Cells{1, 0, 1}));
}

TEST_F(Pages, AnAgentsRestartContinuesWhatIsStored) {
  take_and_acknowledge(page(7), 1000);
  restart();
  const auto sent = take(page(9), 2000);
  EXPECT_EQ(ticks(sent[0]), 2);
  EXPECT_EQ(sent[0].point->created_unix_ns, 1000);
}

TEST_F(Pages, AfterALossWhatBeganBeforeTheAgentCountsFromNowOnAndIsTold) {
  take_and_acknowledge(page(7), 1000);
  store_.loss = "damaged";
  restart();
  const auto sent = take_and_acknowledge(
      {{info_, {point("a", CounterValue{9}, 100), point("b", CounterValue{3}, kStarted)}}}, 2000);
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(ticks(sent[0]), 3);
  EXPECT_THAT(deltas_->take_notice(), AllOf(HasSubstr("damaged"), HasSubstr(" 1 series")));
  restart();
  const auto next = take({{info_, {point("a", CounterValue{10}, 100)}}}, 3000);
  EXPECT_EQ(ticks(next[0]), 1);
  EXPECT_EQ(next[0].point->created_unix_ns, 2000);
}

TEST_F(Pages, AStoreThatFailsIsAskedOncePerPageAndThenGetsEverything) {
  Families families = {
      {info_, {point("a", CounterValue{1}, 100), point("b", CounterValue{2}, 100)}}};
  const auto sent = take(families, 1000);
  store_.fails_to_save = true;
  for (const otlp::Encoded& one : sent) {
    deltas_->acknowledge({&one, 1});
    EXPECT_FALSE(deltas_->save());
  }
  EXPECT_EQ(store_.saves, 1U);
  store_.fails_to_save = false;
  EXPECT_THAT(take(families, 2000), IsEmpty());
  EXPECT_TRUE(deltas_->save());
  EXPECT_THAT(store_.series, SizeIs(2));
}

TEST_F(Pages, WhatLeftWhileTheStoreFailedIsNotInItLater) {
  take_and_acknowledge(page(7), 1000);
  store_.fails_to_save = true;
  take({}, 2000);
  EXPECT_FALSE(deltas_->save());
  store_.fails_to_save = false;
  take({}, 3000);
  EXPECT_TRUE(deltas_->save());
  EXPECT_THAT(store_.series, IsEmpty());
}

TEST(Deltas, ThatCannotKnowWhatWasAcknowledgedWait) {
  StoreInMemory store;
  store.fails_to_load = true;
  Deltas deltas(store.store(), kStarted);
  EXPECT_FALSE(deltas.load());
  store.fails_to_load = false;
  EXPECT_TRUE(deltas.load());
}

TEST(Deltas, WithoutAStoreKeepTheirMemory) {
  Deltas deltas({}, kStarted);
  ASSERT_TRUE(deltas.load());
  const Families families = {{counter_info("x_total"), {point("a", CounterValue{1}, 100)}}};
  deltas.acknowledge(points_of(deltas.take(pointers(families), 1000)));
  EXPECT_TRUE(deltas.save());
  EXPECT_THAT(deltas.take(pointers(families), 2000), IsEmpty());
}

}  // namespace
}  // namespace shmx::push
