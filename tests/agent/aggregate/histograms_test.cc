// Native buckets beside classic ones, exemplars and start times: over processes, generations of
// buckets and the agent's restarts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "agent/aggregate/aggregator.h"

namespace shmx::aggregate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Cells = std::vector<std::uint64_t>;

constexpr NativeBuckets kOctaves{0, 1, 2, false};  // zero to 1, to 2, to 4, more
constexpr NativeBuckets kHalves{1, 1, 4, false};   // zero to 1, to sqrt 2, 2, 2 sqrt 2, 4, more

FamilyDescriptor histogram(std::vector<double> bounds, std::optional<NativeBuckets> native) {
  FamilyDescriptor family;
  family.kind = FamilyKind::histogram;
  family.name = "wait";
  family.bounds = std::move(bounds);
  family.native = native;
  return family;
}

std::vector<std::int64_t> numbers(const std::vector<model::Ticks>& ticks) {
  return {ticks.begin(), ticks.end()};
}

class Histograms : public ::testing::Test {
 protected:
  // A process whose only series is of this family, from cell 1 on.
  void add(SegmentId id, const FamilyDescriptor& family, std::uint64_t start = 0) {
    aggregator_->add_process(id, {"shop", 0, static_cast<std::uint32_t>(id), start});
    const auto cells = static_cast<std::uint32_t>(model::buckets_of(family).slots());
    aggregator_->extend(id, std::vector{family},
                        std::vector<SeriesDescriptor>{{0, 1, cells, false, {}}});
  }

  void fold(SegmentId id, const Cells& cells) {
    aggregator_->apply(aggregator_->fold(id, cells), 1.0, 1);
  }

  const model::Point& shown() {
    snapshot_ = aggregator_->snapshot();
    for (const model::Family& family : snapshot_->families) {
      if (family.info->name == "wait") {
        info_ = family.info;
        EXPECT_EQ(family.points.size(), 1U);
        return family.points.at(0);
      }
    }
    throw std::logic_error("not shown");
  }
  const model::HistogramValue& value() { return std::get<model::HistogramValue>(shown().value); }

  std::unique_ptr<Aggregator> aggregator_ = std::make_unique<Aggregator>(AggregatorConfig{});
  std::shared_ptr<const model::Snapshot> snapshot_;
  std::shared_ptr<const model::FamilyInfo> info_;
};

TEST_F(Histograms, NativeOnesOfDifferentSchemasAreSummedOnTheLowerOne) {
  add(1, histogram({}, kHalves));
  add(2, histogram({}, kOctaves));
  const Cells halves = {0, 1, 2, 3, 4, 5, 6, 100};
  const Cells octaves = {0, 10, 20, 30, 40, 1000};
  aggregator_->begin_epoch();
  aggregator_->add_cells(1, halves);
  aggregator_->add_cells(2, octaves);
  EXPECT_THAT(numbers(value().native), ElementsAre(11, 25, 39, 46));
  EXPECT_THAT(value().buckets, IsEmpty());
  EXPECT_EQ(static_cast<std::int64_t>(value().sum), 1100);
  EXPECT_EQ(info_->native, kOctaves);

  fold(1, halves);
  aggregator_->begin_epoch();
  aggregator_->add_cells(2, octaves);
  EXPECT_THAT(numbers(value().native), ElementsAre(11, 25, 39, 46));
}

TEST_F(Histograms, AFinerSchemaAfterACoarserOneRestartsWhole) {
  add(1, histogram({}, kOctaves));
  add(2, histogram({}, kHalves));
  const Cells octaves = {0, 10, 20, 30, 40, 1000};
  Cells halves = {0, 1, 2, 3, 4, 5, 6, 100};
  aggregator_->begin_epoch();
  aggregator_->add_cells(1, octaves);
  aggregator_->add_cells(2, halves);
  fold(1, octaves);
  aggregator_->begin_epoch();
  halves[2] += 7;
  aggregator_->add_cells(2, halves);
  EXPECT_THAT(numbers(value().native), ElementsAre(0, 7, 0, 0, 0, 0));
  EXPECT_EQ(info_->native, kHalves);
}

TEST_F(Histograms, WhatIsNotInAClassicBucketYetIsInTheLastOne) {
  add(1, histogram({1, 2}, kOctaves));
  // Two observations are between the native buckets and the classic ones.
  const Cells cells = {0, 3, 2, 0, 3, 4, 0, 0, 50};
  aggregator_->begin_epoch();
  aggregator_->add_cells(1, cells);
  EXPECT_THAT(numbers(value().buckets), ElementsAre(3, 2, 2));
  EXPECT_THAT(numbers(value().native), ElementsAre(3, 4, 0, 0));
  EXPECT_EQ(static_cast<std::int64_t>(value().observations()), 7);
}

TEST_F(Histograms, AnOlderProcessWithoutNativeBucketsLeavesClassicOnesUntilItIsGone) {
  add(1, histogram({1, 2}, std::nullopt));
  add(2, histogram({1, 2}, kOctaves));
  const Cells classic = {0, 1, 1, 1, 10};
  Cells both = {0, 2, 2, 2, 2, 2, 1, 1, 20};
  aggregator_->begin_epoch();
  aggregator_->add_cells(1, classic);
  aggregator_->add_cells(2, both);
  EXPECT_THAT(numbers(value().buckets), ElementsAre(3, 3, 3));
  EXPECT_THAT(value().native, IsEmpty());

  fold(1, classic);
  aggregator_->begin_epoch();
  both[1] += 4;
  both[4] += 4;
  aggregator_->add_cells(2, both);
  EXPECT_THAT(numbers(value().buckets), ElementsAre(4, 0, 0));
  EXPECT_THAT(numbers(value().native), ElementsAre(4, 0, 0, 0));
}

TEST_F(Histograms, GoingBackToClassicBucketsRestartsWhole) {
  // Counted natively only: on the classic buckets alone the count would be lower than it was.
  add(1, histogram({1, 2}, kOctaves));
  const Cells cells = {0, 3, 2, 0, 3, 4, 0, 0, 50};
  aggregator_->begin_epoch();
  aggregator_->add_cells(1, cells);
  EXPECT_EQ(static_cast<std::int64_t>(value().observations()), 7);
  add(2, histogram({1, 2}, std::nullopt));
  aggregator_->begin_epoch();
  aggregator_->add_cells(1, cells);
  aggregator_->add_cells(2, Cells{0, 1, 0, 0, 1});
  EXPECT_THAT(numbers(value().buckets), ElementsAre(1, 0, 0));
  EXPECT_EQ(static_cast<std::int64_t>(value().sum), 1);
}

TEST_F(Histograms, GoingBackToClassicBucketsAtAStartRestartsWholeToo) {
  add(1, histogram({1, 2}, kOctaves));
  const Cells cells = {0, 3, 2, 0, 3, 4, 0, 0, 50};
  fold(1, cells);
  const model::RetiredChanges stored = aggregator_->changes();
  aggregator_ = std::make_unique<Aggregator>(AggregatorConfig{});
  aggregator_->load(stored.written, 100);
  aggregator_->begin_epoch();
  add(2, histogram({1, 2}, std::nullopt));
  const Cells classic = {0, 1, 0, 0, 1};
  aggregator_->add_cells(2, classic);
  aggregator_->settle(1);
  aggregator_->begin_epoch();
  aggregator_->add_cells(2, classic);
  EXPECT_THAT(numbers(value().buckets), ElementsAre(0, 0, 0));
}

TEST_F(Histograms, WhatWasCountedOtherwiseAtAStartRestartsThoughNobodyIsLeft) {
  add(1, histogram({1, 2}, kOctaves));
  fold(1, {0, 3, 2, 0, 3, 4, 0, 0, 50});
  const model::RetiredChanges stored = aggregator_->changes();
  aggregator_ = std::make_unique<Aggregator>(AggregatorConfig{});
  aggregator_->load(stored.written, 100);
  add(2, histogram({1, 2}, std::nullopt));
  fold(2, {0, 1, 0, 0, 1});
  aggregator_->settle(1);
  add(3, histogram({1, 2}, std::nullopt));
  aggregator_->begin_epoch();
  aggregator_->add_cells(3, Cells{0, 1, 0, 0, 1});
  EXPECT_THAT(numbers(value().buckets), ElementsAre(1, 0, 0));
}

TEST_F(Histograms, NativeTotalsAndStartTimesOutliveTheAgent) {
  aggregator_->set_time(9'000);
  add(1, histogram({1}, kOctaves), 5'000);
  fold(1, {0, 1, 2, 1, 1, 1, 0, 7});
  const model::RetiredChanges stored = aggregator_->changes();
  ASSERT_EQ(stored.written.series.size(), 1U);
  EXPECT_THAT(numbers(stored.written.series[0].ticks), ElementsAre(1, 2, 1, 1, 1, 0, 7));
  aggregator_ = std::make_unique<Aggregator>(AggregatorConfig{});
  aggregator_->load(stored.written, 100);
  aggregator_->settle(1);
  aggregator_->begin_epoch();
  EXPECT_THAT(numbers(value().native), ElementsAre(1, 1, 1, 0));
  EXPECT_THAT(numbers(value().buckets), ElementsAre(1, 2));
  EXPECT_EQ(info_->native, kOctaves);
  EXPECT_EQ(shown().created_unix_ns, 5'000);
}

TEST_F(Histograms, ASeriesIsAsOldAsTheProcessThatBeganIt) {
  aggregator_->set_time(9'000);
  add(1, histogram({1}, std::nullopt), 5'000);
  add(2, histogram({1}, std::nullopt), 4'000);
  aggregator_->begin_epoch();
  EXPECT_EQ(shown().created_unix_ns, 5'000);
  aggregator_->set_time(10'000);
  fold(1, {0, 1, 1, 1});
  EXPECT_EQ(shown().created_unix_ns, 5'000);
}

TEST_F(Histograms, AtAStartASeriesIsAsOldAsItsOldestProcessAndNeverOfTheFuture) {
  aggregator_->set_time(9'000);
  aggregator_->load({}, 0);
  add(1, histogram({1}, std::nullopt), UINT64_MAX);
  aggregator_->begin_epoch();
  EXPECT_EQ(shown().created_unix_ns, 9'000);
  add(2, histogram({1}, std::nullopt), 5'000);
  aggregator_->settle(1);
  EXPECT_EQ(shown().created_unix_ns, 5'000);
}

TEST_F(Histograms, AFamilyThatRestartsWasZeroThen) {
  aggregator_->set_time(9'000);
  add(1, histogram({1}, std::nullopt), 5'000);
  add(2, histogram({1, 2}, std::nullopt), 6'000);
  fold(1, {0, 1, 1, 1});
  EXPECT_EQ(shown().created_unix_ns, 9'000);
  aggregator_->set_time(11'000);
  aggregator_->baseline();
  EXPECT_EQ(shown().created_unix_ns, 11'000);
}

// A process that declares its histogram with each of these buckets, one series of each.
class ManyBuckets : public Histograms {
 protected:
  void add_all(SegmentId id, const std::vector<FamilyDescriptor>& families) {
    aggregator_->add_process(id, {"shop", 0, static_cast<std::uint32_t>(id), 0});
    std::vector<SeriesDescriptor> series;
    std::uint32_t cell = 1;
    for (std::uint32_t i = 0; i < families.size(); ++i) {
      const std::uint32_t cells = model::buckets_of(families[i]).slots();
      series.push_back({i, cell, cells, false, {{"of", std::to_string(i)}}});
      cell += cells;
    }
    aggregator_->extend(id, families, series);
  }
  std::uint64_t restarts() const {
    Statistics statistics;
    aggregator_->report(statistics);
    return statistics.families_restarted_total;
  }
};

TEST_F(ManyBuckets, AFamilyMovesOnceHoweverManyBucketsAProcessDeclares) {
  // Where the series of another process are in the end tells how often they have moved.
  const auto slots_beside = [this](const std::vector<FamilyDescriptor>& families) {
    aggregator_ = std::make_unique<Aggregator>(AggregatorConfig{});
    const FamilyDescriptor whole = histogram({}, NativeBuckets{3, 1, 201, false});
    add_all(1, {whole});
    add_all(2, {whole});
    add_all(3, families);
    std::vector<Slot> slots;
    for (const FinalValue& value : aggregator_->fold(1, Cells(1'000, 1)).values) {
      slots.push_back(value.slot);
    }
    return slots;
  };
  std::vector<FamilyDescriptor> shrinking;
  for (std::uint32_t count = 200; count > 0; --count) {
    shrinking.push_back(histogram({}, NativeBuckets{3, 1, count, false}));
  }
  EXPECT_EQ(slots_beside(shrinking), slots_beside({shrinking.back()}));
}

TEST_F(ManyBuckets, AServiceWithTheSameOnesAgainGoesOnFromItsTotal) {
  const std::vector<FamilyDescriptor> both = {histogram({1, 2}, std::nullopt),
                                              histogram({2, 4}, std::nullopt)};
  add_all(1, both);
  fold(1, {0, 1, 1, 1, 3, 1, 1, 1, 9});
  add_all(2, both);
  EXPECT_EQ(restarts(), 0U);
  const Fold second = aggregator_->fold(2, Cells{0, 1, 1, 1, 3, 1, 1, 1, 9});
  EXPECT_EQ(second.values.size(), 6U) << "two series of two buckets and a sum";
}

TEST_F(ManyBuckets, AFamilyThatBeginsWithThemHasNothingToRestart) {
  add_all(1, {histogram({1, 2}, kOctaves), histogram({1, 2}, std::nullopt)});
  EXPECT_EQ(restarts(), 0U);
}

class ExemplarsOf : public Histograms {
 protected:
  void see(SegmentId id, std::int64_t ticks, std::int64_t unix_ns, std::uint8_t trace = 1) {
    ExemplarReading exemplar{0, 1, ticks, unix_ns, {}};
    exemplar.span.trace_id.back() = trace;
    exemplar.span.span_id.front() = 0xab;
    aggregator_->add_exemplars(id, std::vector{exemplar});
  }
  std::vector<double> values() {
    std::vector<double> all;
    for (const model::Exemplar& exemplar : shown().exemplars) {
      all.push_back(exemplar.value);
    }
    return all;
  }
};

TEST_F(ExemplarsOf, EachBucketTheLatestOfAllProcessesIsShown) {
  aggregator_->set_time(1'000'000'000'000);
  add(1, histogram({10, 20}, std::nullopt));
  add(2, histogram({10, 20}, std::nullopt));
  see(1, 15, 100);
  see(2, 20, 90);  // In the same bucket, and older.
  see(2, 5, 50);
  see(1, 10, 60, 7);
  see(1, 9, 2'000'000'000'000);  // Of the future.
  ASSERT_THAT(values(), ElementsAre(10, 15));
  const model::Exemplar& first = shown().exemplars[0];
  EXPECT_EQ(first.unix_ns, 60);
  EXPECT_THAT(first.labels, ElementsAre(Label{"span_id", "ab00000000000000"},
                                        Label{"trace_id", "00000000000000000000000000000007"}));
  fold(1, {0, 1, 1, 1, 1});
  EXPECT_THAT(values(), ElementsAre(10, 15)) << "of a process that is gone";
}

TEST_F(ExemplarsOf, ThoseOfNativeBucketsAreFewAndInOrder) {
  aggregator_->set_time(1'000'000'000'000);
  add(1, histogram({}, NativeBuckets{3, -80, 160, true}));
  for (int i = 0; i < 1000; ++i) {
    see(1, i % 2 == 0 ? i : -i, i + 1);
  }
  const std::vector<double> all = values();
  EXPECT_GT(all.size(), 4U);
  EXPECT_LE(all.size(), layout::kMaxNativeExemplars);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
}

TEST_F(ExemplarsOf, OtherBucketsHaveNoneOfTheOldOnes) {
  add(1, histogram({10, 20}, std::nullopt));
  see(1, 15, 100);
  EXPECT_THAT(values(), ElementsAre(15));
  add(2, histogram({10}, std::nullopt));
  EXPECT_THAT(values(), IsEmpty());
}

TEST_F(ExemplarsOf, ACellWithoutASeriesHasNone) {
  add(1, histogram({10, 20}, std::nullopt));
  aggregator_->add_exemplars(
      1, std::vector{ExemplarReading{0, 2}, ExemplarReading{0, 0}, ExemplarReading{0, UINT32_MAX}});
  EXPECT_THAT(values(), IsEmpty());
}

}  // namespace
}  // namespace shmx::aggregate
