// Folding as a value, and what no real segment shows easily. Sums, modes, bounds and conflicts are
// tested through real processes in tests/agent/main/collector.
#include "agent/aggregate/aggregator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/testing/page_values.h"

namespace shmx::aggregate {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

using Cells = std::vector<std::uint64_t>;

FamilyDescriptor counter_family(const std::string& name) {
  FamilyDescriptor family;
  family.name = name;
  family.help = "Help.";
  return family;
}

class Aggregating : public ::testing::Test {
 protected:
  /// A process with one counter in cell 1.
  void add(SegmentId id, const std::string& job, const Labels& labels = {}) {
    aggregator_.add_process(id, {job, 0, static_cast<std::uint32_t>(id), 0});
    const std::vector<FamilyDescriptor> families = {counter_family("x_total")};
    const std::vector<SeriesDescriptor> series = {{0, 1, 1, false, labels}};
    aggregator_.extend(id, families, series);
  }
  testing::PageValues page() { return testing::values_of(*aggregator_.snapshot()); }

  Aggregator aggregator_{{{"solo"}, {}, {}}};
};

TEST_F(Aggregating, AFoldIsAValueThatChangesNothingUntilItIsApplied) {
  add(1, "shop");
  const Cells cells = {0, 5};
  aggregator_.begin_epoch();
  aggregator_.add_cells(1, cells);
  const Fold fold = aggregator_.fold(1, cells);
  EXPECT_THAT(page(), Contains(Pair("x_total{job=\"shop\"}", 5)));
  aggregator_.apply(fold, 12.5, 1);
  for (int epoch = 0; epoch < 2; ++epoch) {
    aggregator_.begin_epoch();
    const auto values = page();
    EXPECT_THAT(values, Contains(Pair("x_total{job=\"shop\"}", 5)));
    EXPECT_THAT(values, Contains(Pair("shm_exporter_job_processes{job=\"shop\"}", 0)));
    EXPECT_THAT(values,
                Contains(Pair("shm_exporter_job_last_exit_time_seconds{job=\"shop\"}", 12.5)));
  }
}

TEST_F(Aggregating, CellsThatShareASlotAreOneValueOfTheFold) {
  aggregator_.add_process(1, {"shop", 0, 1, 0});
  FamilyDescriptor fine = counter_family("wait");
  fine.kind = FamilyKind::histogram;
  fine.bounds = {1, 2, 3};
  FamilyDescriptor coarse = fine;
  coarse.bounds = {2};
  aggregator_.extend(1, std::vector{fine, coarse},
                     std::vector<SeriesDescriptor>{{0, 1, 5, false, {}}, {1, 6, 3, false, {}}});
  const Fold fold = aggregator_.fold(1, Cells{0, 1, 1, 1, 1, 10, 1, 1, 20});
  ASSERT_EQ(fold.values.size(), 3U);
  EXPECT_TRUE(fold.values[0].ticks == 3);
  EXPECT_TRUE(fold.values[1].ticks == 3);
  EXPECT_TRUE(fold.values[2].ticks == 30);
}

TEST_F(Aggregating, TotalsBeyond64BitsAreKeptExactly) {
  const Cells cells = {0, layout::kCellMax};
  for (SegmentId id = 1; id <= 4; ++id) {
    add(id, "shop");
    aggregator_.apply(aggregator_.fold(id, cells), 0.0, 1);
  }
  aggregator_.begin_epoch();
  const auto snapshot = aggregator_.snapshot();
  const auto& point = snapshot->families.back().points.at(0);
  EXPECT_TRUE(std::get<model::CounterValue>(point.value).ticks ==
              static_cast<model::Ticks>(layout::kCellMax) * 4);
}

TEST_F(Aggregating, ASegmentThatWasNeverReadLeavesNothing) {
  add(1, "shop");
  EXPECT_THAT(aggregator_.fold(1, {}).values, IsEmpty());
}

TEST_F(Aggregating, SeriesOfOneProcessStayWhileAnotherSegmentClaimsTheSamePid) {
  add(1, "solo");
  aggregator_.add_process(2, {"solo", 0, 1, 0});
  aggregator_.extend(2, std::vector{counter_family("x_total")},
                     std::vector<SeriesDescriptor>{{0, 1, 1, false, {}}});
  const std::string series = "x_total{job=\"solo\",pid=\"1\"}";
  const Cells cells = {0, 5};
  aggregator_.begin_epoch();
  aggregator_.add_cells(1, cells);
  aggregator_.add_cells(2, cells);
  EXPECT_THAT(page(), Contains(Pair(series, 10)));
  aggregator_.apply(aggregator_.fold(1, cells), 0.0, 1);
  aggregator_.begin_epoch();
  aggregator_.add_cells(2, cells);
  EXPECT_THAT(page(), Contains(Pair(series, 10)));
  aggregator_.apply(aggregator_.fold(2, cells), 0.0, 1);
  aggregator_.begin_epoch();
  EXPECT_THAT(page(), Contains(Pair(series, 10)));  // For the last scrape.
  aggregator_.expire(1 + Limits{}.linger.count());
  EXPECT_THAT(page(), Not(Contains(Key(series))));
}

TEST_F(Aggregating, UsersAreNeverSummedAndTheFirstHasTheNameBare) {
  const Cells cells = {0, 5};
  for (const std::uint32_t owner : {1000U, 1001U}) {
    aggregator_.add_process(owner, {"shop", owner, 1, 0});
    FamilyDescriptor family = counter_family("x_total");
    family.kind = owner == 1000 ? FamilyKind::counter : FamilyKind::gauge;
    family.mode = owner == 1000 ? GaugeMode::none : GaugeMode::sum;
    aggregator_.extend(owner, std::vector{family},
                       std::vector<SeriesDescriptor>{{0, 1, 1, false, {}}});
  }
  aggregator_.begin_epoch();
  aggregator_.add_cells(1000, cells);
  aggregator_.add_cells(1001, Cells{0, gauge_to_cell(9)});
  const auto values = page();
  EXPECT_THAT(values, Contains(Pair("x_total{job=\"shop\"}", 5)));
  EXPECT_THAT(values, Contains(Pair("x_total{job=\"shop\",uid=\"1001\"}", 9)));
  EXPECT_THAT(values, Contains(Pair("shm_exporter_job_processes{job=\"shop\"}", 1)));
  EXPECT_THAT(values, Contains(Pair("shm_exporter_job_processes{job=\"shop\",uid=\"1001\"}", 1)));
}

TEST_F(Aggregating, AUserWhoDeclaresTooMuchForAPageHasOverflowSeriesAndTheOthersHaveTheirOwn) {
  AggregatorConfig config;
  config.limits.bytes_per_owner = 20'000;
  config.limits.jobs_per_owner = 2;
  Aggregator aggregator(std::move(config));
  const auto declare = [&aggregator](SegmentId id, const std::string& job, std::uint32_t owner,
                                     int n) {
    aggregator.add_process(id, {job, owner, 1, 0});
    std::vector<SeriesDescriptor> series;
    series.reserve(static_cast<std::size_t>(n));
    for (int i = 0; i < n; ++i) {
      series.push_back({0,
                        static_cast<std::uint32_t>(i + 1),
                        1,
                        false,
                        {{"l", std::string(500, 'x') + std::to_string(i)}}});
    }
    aggregator.extend(id, std::vector{counter_family("x_total")}, series);
  };
  declare(1, "greedy", 1000, 1'000);
  declare(2, "modest", 1001, 3);
  for (SegmentId id = 3; id < 20; ++id) {
    declare(id, "name" + std::to_string(id), 1000, 1);
  }
  Statistics statistics;
  aggregator.report(statistics);
  EXPECT_LT(statistics.series, 40U);
  EXPECT_GT(statistics.series_overflowed_total, 900U);
  EXPECT_EQ(statistics.jobs, 4U);  // greedy, modest, one name, and the one for all the others.
  const Cells ones(1'001, 1);
  aggregator.begin_epoch();
  for (SegmentId id = 1; id < 20; ++id) {
    aggregator.add_cells(id, ones);
  }
  double greedy = 0;
  int modest = 0;
  for (const auto& [name, value] : testing::values_of(*aggregator.snapshot())) {
    greedy += name.starts_with("x_total{job=\"greedy\"") ? value : 0;
    modest += name.starts_with("x_total{job=\"modest\"") ? 1 : 0;
  }
  EXPECT_EQ(greedy, 1'000);
  EXPECT_EQ(modest, 3);
}

TEST_F(Aggregating, ASnapshotDoesNotChangeWithTheNextEpoch) {
  add(1, "shop");
  const Cells five = {0, 5};
  aggregator_.begin_epoch();
  aggregator_.add_cells(1, five);
  const auto before = aggregator_.snapshot();
  const Cells six = {0, 6};
  aggregator_.begin_epoch();
  aggregator_.add_cells(1, six);
  const auto after = aggregator_.snapshot();
  EXPECT_THAT(testing::values_of(*before), Contains(Pair("x_total{job=\"shop\"}", 5)));
  EXPECT_THAT(testing::values_of(*after), Contains(Pair("x_total{job=\"shop\"}", 6)));
}

TEST_F(Aggregating, ASnapshotThatNobodyKeepsIsFilledAgainWithWhatIsThereThen) {
  FamilyDescriptor histogram = counter_family("wait");
  histogram.kind = FamilyKind::histogram;
  histogram.bounds = {1};
  aggregator_.add_process(1, {"solo", 0, 1, 0});
  aggregator_.extend(1, std::vector{histogram, counter_family("x_total")},
                     std::vector<SeriesDescriptor>{{0, 1, 3, false, {}}, {1, 4, 1, false, {}}});
  const Cells cells = {0, 1, 2, 30, 4};
  for (int epoch = 0; epoch < 4; ++epoch) {
    aggregator_.begin_epoch();
    aggregator_.add_cells(1, cells);
    const auto values = page();
    EXPECT_THAT(values, Contains(Pair("wait_count{job=\"solo\",pid=\"1\"}", 3)));
    EXPECT_THAT(values, Contains(Pair("x_total{job=\"solo\",pid=\"1\"}", 4)));
  }
  aggregator_.apply(aggregator_.fold(1, cells), 0.0, 1);
  aggregator_.expire(1 + Limits{}.linger.count());
  for (SegmentId id = 2; id < 5; ++id) {
    add(id, "shop", {{"n", std::to_string(id)}});
    aggregator_.begin_epoch();
    for (SegmentId live = 2; live <= id; ++live) {
      aggregator_.add_cells(live, cells);
    }
    const auto values = page();
    EXPECT_THAT(values, Not(Contains(Key("wait_count{job=\"solo\",pid=\"1\"}"))));
    EXPECT_THAT(values,
                Contains(Pair("x_total{job=\"shop\",n=\"" + std::to_string(id) + "\"}", 1)));
  }
}

TEST_F(Aggregating, FamiliesComeInTheOrderOfTheirNames) {
  add(1, "shop");
  aggregator_.begin_epoch();
  aggregator_.add_cells(1, Cells{0, 1});
  const auto snapshot = aggregator_.snapshot();
  for (std::size_t i = 1; i < snapshot->families.size(); ++i) {
    EXPECT_LT(snapshot->families[i - 1].info->name, snapshot->families[i].info->name);
  }
}

}  // namespace
}  // namespace shmx::aggregate
