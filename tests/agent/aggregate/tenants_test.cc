// Tenants share nothing: no series, no type, no budget, no state.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/aggregate/aggregator.h"
#include "tests/agent/testing/page_values.h"

namespace shmx::aggregate {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

using Cells = std::vector<std::uint64_t>;

FamilyDescriptor family_of(const std::string& name, FamilyKind kind = FamilyKind::counter) {
  FamilyDescriptor family;
  family.name = name;
  family.kind = kind;
  family.help = "Help.";
  family.mode = kind == FamilyKind::gauge ? GaugeMode::sum : GaugeMode::none;
  if (kind == FamilyKind::histogram) {
    family.bounds = {1};
  }
  return family;
}

class TenantsTest : public ::testing::Test {
 protected:
  void start(Limits limits = {},
             std::map<std::string, TenantLimits> tenants = {{"a", {}}, {"b", {}}}) {
    AggregatorConfig config;
    config.limits = limits;
    config.tenants = std::move(tenants);
    config.warn = [this](const std::string& line) { log_.push_back(line); };
    aggregator_ = std::make_unique<Aggregator>(std::move(config));
  }

  /// A live process with a series of each family, all its cells 5.
  void add(const std::string& tenant, const std::string& job,
           const std::vector<FamilyDescriptor>& families = {family_of("x_total")},
           std::uint32_t owner = 0) {
    std::vector<SeriesDescriptor> series;
    std::uint32_t cell = 1;
    for (std::uint32_t i = 0; i < families.size(); ++i) {
      const std::uint32_t cells = cells_of(families[i]);
      series.push_back({i, cell, cells, false, {}});
      cell += cells;
    }
    begin(tenant, job, owner);
    aggregator_->extend(id_, families, series);
    cells_[id_] = Cells(cell, 5);
  }

  /// One of `count` series of a family.
  void add_many(const std::string& tenant, const std::string& job, std::uint32_t count,
                const std::string& prefix = "", std::uint32_t owner = 0) {
    std::vector<SeriesDescriptor> series;
    for (std::uint32_t i = 0; i < count; ++i) {
      series.push_back({0, i + 1, 1, false, {{"n", prefix + std::to_string(i)}}});
    }
    begin(tenant, job, owner);
    aggregator_->extend(id_, std::vector{family_of("x_total")}, series);
    cells_[id_] = Cells(count + 1, 1);
  }

  void begin(const std::string& tenant, const std::string& job, std::uint32_t owner) {
    ++id_;
    aggregator_->add_process(id_, {job, owner, static_cast<std::uint32_t>(id_), 0, tenant});
  }

  std::shared_ptr<const model::Snapshot> snapshot() {
    aggregator_->begin_epoch();
    for (const auto& [id, cells] : cells_) {
      aggregator_->add_cells(id, cells);
    }
    return aggregator_->snapshot();
  }
  testing::PageValues page() { return testing::values_of(*snapshot()); }

  Statistics statistics() {
    Statistics statistics;
    aggregator_->report(statistics);
    return statistics;
  }

  std::unique_ptr<Aggregator> aggregator_;
  std::map<SegmentId, Cells> cells_;
  SegmentId id_ = 0;
  std::vector<std::string> log_;
};

TEST_F(TenantsTest, EachHasItsOwnSeriesOfAJobAndAFamily) {
  start();
  add("a", "shop");
  add("a", "shop");
  add("b", "shop");
  const auto values = page();
  EXPECT_THAT(values,
              IsSupersetOf({Pair("x_total{job=\"shop\",tenant=\"a\"}", 10.0),
                            Pair("x_total{job=\"shop\",tenant=\"b\"}", 5.0),
                            Pair("shm_exporter_job_processes{job=\"shop\",tenant=\"a\"}", 2.0),
                            Pair("shm_exporter_job_processes{job=\"shop\",tenant=\"b\"}", 1.0)}));
  EXPECT_THAT(log_, IsEmpty());
}

TEST_F(TenantsTest, EveryFamilyOfASnapshotIsOfOneTenantAndItsPointsSayOfWhich) {
  start();
  add("a", "shop", {family_of("x_total"), family_of("level", FamilyKind::gauge)});
  add("b", "shop", {family_of("x_total"), family_of("wait", FamilyKind::histogram)});
  std::size_t points = 0;
  for (const model::Family& family : snapshot()->families) {
    ASSERT_FALSE(family.info->tenant.empty()) << family.info->name;
    for (const model::Point& point : family.points) {
      EXPECT_THAT(point.series->labels(), Contains(Label{"tenant", family.info->tenant}));
      ++points;
    }
  }
  EXPECT_GT(points, 4U);
}

TEST_F(TenantsTest, WithoutOneThereIsNoLabel) {
  start({}, {});
  add("", "shop");
  for (const model::Family& family : snapshot()->families) {
    EXPECT_EQ(family.info->tenant, "");
    for (const model::Point& point : family.points) {
      EXPECT_THAT(point.series->labels(), ElementsAre(Label{"job", "shop"}));
    }
  }
  EXPECT_THAT(statistics().tenant_series, IsEmpty());
}

TEST_F(TenantsTest, WhatOneDeclaresChangesNoTypeAndNoTextOfAnother) {
  start();
  FamilyDescriptor other = family_of("x", FamilyKind::gauge);
  other.help = "Another's.";
  add("a", "shop", {family_of("x", FamilyKind::histogram)});
  const auto alone = snapshot();
  add("b", "shop", {other, family_of("x_count", FamilyKind::gauge), family_of("x_sum")});
  const auto both = snapshot();
  std::vector<const model::Family*> of_a;
  for (const model::Family& family : both->families) {
    if (family.info->tenant == "a") {
      of_a.push_back(&family);
    }
  }
  ASSERT_EQ(of_a.size(), alone->families.size());
  for (std::size_t i = 0; i < of_a.size(); ++i) {
    EXPECT_EQ(of_a[i]->info->name, alone->families[i].info->name);
    EXPECT_EQ(of_a[i]->info->type, alone->families[i].info->type);
    EXPECT_EQ(of_a[i]->info->help, alone->families[i].info->help);
    EXPECT_EQ(of_a[i]->points.size(), alone->families[i].points.size());
  }
  EXPECT_THAT(log_, IsEmpty()) << "no conflict: they are two tenants'";
}

TEST_F(TenantsTest, JobsOfOneThatDisagreeAreUntypedForThisOneAlone) {
  start();
  add("a", "shop", {family_of("x", FamilyKind::gauge)});
  add("b", "shop", {family_of("x", FamilyKind::gauge)});
  add("b", "cart", {family_of("x")});
  std::map<std::string, model::Type> types;
  for (const model::Family& family : snapshot()->families) {
    if (family.info->name == "x") {
      types[family.info->tenant] = family.info->type;
    }
  }
  EXPECT_THAT(types,
              UnorderedElementsAre(Pair("a", model::Type::gauge), Pair("b", model::Type::untyped)));
}

TEST_F(TenantsTest, TheFirstUserOfANameHasItBareInEach) {
  start();
  add("a", "shop", {family_of("x_total")}, 1000);
  add("b", "shop", {family_of("x_total")}, 1001);
  add("b", "shop", {family_of("x_total")}, 1000);
  EXPECT_THAT(page(), IsSupersetOf({Pair("x_total{job=\"shop\",tenant=\"a\"}", 5.0),
                                    Pair("x_total{job=\"shop\",tenant=\"b\"}", 5.0),
                                    Pair("x_total{job=\"shop\",tenant=\"b\",uid=\"1000\"}", 5.0)}));
  EXPECT_THAT(log_, SizeIs(1));
}

TEST_F(TenantsTest, SeriesBeyondATenantsLimitAreInOverflowSeriesAndAnothersAreNot) {
  start({}, {{"a", {3}}, {"b", {}}});
  add_many("a", "shop", 2);
  add_many("a", "cart", 4);
  add_many("b", "shop", 50);
  const auto values = page();
  EXPECT_THAT(
      values,
      IsSupersetOf({Pair("x_total{job=\"shop\",n=\"1\",tenant=\"a\"}", 1.0),
                    Pair("x_total{job=\"cart\",n=\"0\",tenant=\"a\"}", 1.0),
                    Pair("x_total{job=\"cart\",otel_metric_overflow=\"true\",tenant=\"a\"}", 3.0),
                    Pair("x_total{job=\"shop\",n=\"49\",tenant=\"b\"}", 1.0)}));
  EXPECT_THAT(statistics().tenant_series, ElementsAre(Pair("a", 3), Pair("b", 50)));
  EXPECT_EQ(statistics().series_overflowed_total, 3U);
}

TEST_F(TenantsTest, ASeriesThatLeavesMakesRoomInItsTenant) {
  Limits limits;
  start(limits, {{"a", {2}}, {"b", {}}});
  add_many("a", "shop", 2);
  aggregator_->apply(aggregator_->fold(1, cells_[1]), 0.0, 1);
  cells_.clear();
  aggregator_->expire(1 + limits.retention.count());
  EXPECT_THAT(statistics().tenant_series, Contains(Pair("a", 0)));
  add_many("a", "shop", 2, "new");
  EXPECT_THAT(statistics().tenant_series, Contains(Pair("a", 2)));
  EXPECT_EQ(statistics().series_overflowed_total, 0U);
}

TEST_F(TenantsTest, WhoDeclaresTooMuchForAPageHasSpentTheShareOfItsOwnTenantOnly) {
  Limits limits;
  limits.bytes = 200'000;
  start(limits);
  for (std::uint32_t owner = 0; owner < 20; ++owner) {
    add_many("a", "greedy", 50, std::string(400, 'x'), owner);
  }
  EXPECT_GT(statistics().series_overflowed_total, 0U);
  EXPECT_LT(statistics().tenant_series.at("a"), 200U) << "of 1,000";
  const auto overflowed = statistics().series_overflowed_total;
  add_many("b", "modest", 50);
  EXPECT_EQ(statistics().series_overflowed_total, overflowed);
  EXPECT_THAT(page(), Contains(Pair("x_total{job=\"modest\",n=\"49\",tenant=\"b\"}", 1)));
}

TEST_F(TenantsTest, AUserHasItsBudgetInEachTenant) {
  Limits limits;
  limits.jobs_per_owner = 1;
  start(limits);
  add("a", "shop", {family_of("x_total")}, 1000);
  add("b", "cart", {family_of("x_total")}, 1000);
  add("b", "till", {family_of("x_total")}, 1000);
  const auto values = page();
  EXPECT_THAT(values, Contains(Key("x_total{job=\"shop\",tenant=\"a\"}")));
  EXPECT_THAT(values, Contains(Key("x_total{job=\"cart\",tenant=\"b\"}")));
  EXPECT_THAT(values, Contains(Key("x_total{job=\"shm_exporter_overflow\",tenant=\"b\"}")));
}

TEST_F(TenantsTest, FinalSeriesAreThoseThatAreKeptAsTheyWereCounted) {
  start();
  add("a", "shop",
      {family_of("z_total"), family_of("wait", FamilyKind::histogram),
       family_of("level", FamilyKind::gauge)});
  const Cells cells = {0, 7, 1, 2, 30, gauge_to_cell(9), 0};
  const auto series = aggregator_->final_series(1, cells);
  ASSERT_THAT(series, SizeIs(2));
  EXPECT_EQ(series[0].family, "wait");
  EXPECT_EQ(series[0].labels, "job=\"shop\",tenant=\"a\"");
  EXPECT_THAT(series[0].cells, ElementsAre(1, 2, 30));
  EXPECT_EQ(series[1].family, "z_total");
  EXPECT_THAT(series[1].cells, ElementsAre(7));
  EXPECT_THAT(aggregator_->final_series(1, Cells{0}), IsEmpty()) << "never read";
}

class StoredTenants : public TenantsTest {
 protected:
  /// What two tenants with the same job and user leave.
  model::Retired stored() {
    start();
    add("a", "shop");
    add("b", "shop");
    for (const auto& [id, cells] : cells_) {
      aggregator_->apply(aggregator_->fold(id, cells), 0.0, 1);
    }
    cells_.clear();
    return aggregator_->changes().written;
  }
  void restart(const model::Retired& retired, std::map<std::string, TenantLimits> tenants) {
    start({}, std::move(tenants));
    aggregator_->load(retired, 100);
    aggregator_->settle(2);
  }
};

TEST_F(StoredTenants, AreTheSameAfterARestart) {
  const model::Retired retired = stored();
  restart(retired, {{"a", {}}, {"b", {}}});
  add("a", "shop");
  const auto values = page();
  EXPECT_THAT(values, IsSupersetOf({Pair("x_total{job=\"shop\",tenant=\"a\"}", 10.0),
                                    Pair("x_total{job=\"shop\",tenant=\"b\"}", 5.0)}));
  EXPECT_THAT(statistics().tenant_series, ElementsAre(Pair("a", 1), Pair("b", 1)));
  EXPECT_THAT(log_, IsEmpty());
}

TEST_F(StoredTenants, LeaveWhenTheyAreNotDefinedAnyMoreAndAreNobodyElses) {
  const model::Retired retired = stored();
  restart(retired, {{"b", {}}, {"c", {}}});
  add("c", "shop");
  const auto values = page();
  EXPECT_THAT(values, Contains(Pair("x_total{job=\"shop\",tenant=\"b\"}", 5)));
  EXPECT_THAT(values, Contains(Pair("x_total{job=\"shop\",tenant=\"c\"}", 5)));
  EXPECT_THAT(values, Not(Contains(Key("x_total{job=\"shop\",tenant=\"a\"}"))));
  const model::RetiredChanges changes = aggregator_->changes();
  ASSERT_THAT(changes.jobs_removed, SizeIs(1));
  for (const model::RetiredJob& job : retired.jobs) {
    EXPECT_EQ(job.id == changes.jobs_removed[0], job.tenant == "a");
  }
  EXPECT_THAT(log_, ElementsAre("jobs of tenant a, which is not defined any more, leave with their "
                                "totals: 1"));
}

TEST_F(StoredTenants, LeaveWhenNoneIsDefinedAnyMore) {
  restart(stored(), {});
  EXPECT_THAT(page(), IsEmpty());
  EXPECT_THAT(aggregator_->changes().jobs_removed, SizeIs(2));
}

TEST_F(StoredTenants, WhatIsOfBeforeThemLeavesToo) {
  start({}, {});
  add("", "shop");
  aggregator_->apply(aggregator_->fold(1, cells_[1]), 0.0, 1);
  cells_.clear();
  restart(aggregator_->changes().written, {{"a", {}}});
  EXPECT_THAT(page(), IsEmpty());
  EXPECT_THAT(log_, ElementsAre("jobs of before tenants were defined leave with their totals: 1"));
}

}  // namespace
}  // namespace shmx::aggregate
