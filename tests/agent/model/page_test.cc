// Families of two sources on one page.
#include "agent/model/page.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace shmx::model {
namespace {

using Value = decltype(Point::value);

Family family(FamilyInfo info, std::string job, Value value) {
  Family result{std::make_shared<FamilyInfo>(std::move(info)), {}};
  Labels labels;
  if (!job.empty()) {
    labels.push_back({"job", std::move(job)});
  }
  result.points.push_back({std::make_shared<Series>(std::move(labels)), std::move(value)});
  return result;
}

FamilyInfo named(std::string name, Type type = Type::counter, std::uint64_t ticks_per_unit = 1) {
  FamilyInfo info;
  info.name = std::move(name);
  info.type = type;
  info.ticks_per_unit = ticks_per_unit;
  return info;
}

Page page_of(std::vector<Family> collected, std::vector<Family> own) {
  return {std::make_shared<Snapshot>(Snapshot{std::move(collected)}), std::move(own)};
}

TEST(Page, OrdersFamiliesByName) {
  const Page page = page_of({family(named("m_total"), "shop", CounterValue{1})},
                            {family(named("z_total"), "", CounterValue{2}),
                             family(named("a_total"), "", CounterValue{3})});
  ASSERT_EQ(page.families().size(), 3U);
  EXPECT_EQ(page.families()[0]->info->name, "a_total");
  EXPECT_EQ(page.families()[1]->info->name, "m_total");
  EXPECT_EQ(page.families()[2]->info->name, "z_total");
}

TEST(Page, PutsFamiliesOfANameNextToEachOtherTheCollectedOneFirst) {
  const Page page = page_of({family(named("process_threads", Type::gauge), "shop", GaugeValue{7}),
                             family(named("z_total"), "shop", CounterValue{1})},
                            {family(named("process_threads", Type::gauge), "", GaugeValue{3})});
  ASSERT_EQ(page.families().size(), 3U);
  EXPECT_EQ(page.families()[0]->info->type, Type::gauge);
  EXPECT_EQ(page.families()[0]->points[0].series->label_block(), "job=\"shop\"");
  EXPECT_EQ(page.families()[1]->info->name, "process_threads");
  EXPECT_EQ(page.families()[1]->points[0].series->label_block(), "");
}

TEST(Page, KeepsTheTypeWhereOnlyTheResolutionDiffers) {
  const Page page = page_of({family(named("x_total", Type::counter, 1000), "a", CounterValue{500})},
                            {family(named("x_total", Type::counter, 1), "", CounterValue{2})});
  ASSERT_EQ(page.families().size(), 2U);
  EXPECT_EQ(page.families()[0]->info->type, Type::counter);
  EXPECT_EQ(page.families()[0]->info->ticks_per_unit, 1000U);
  EXPECT_EQ(page.families()[1]->info->ticks_per_unit, 1U);
}

TEST(Page, MakesANameOfTwoTypesUntypedWithItsValuesIntact) {
  FamilyInfo distribution = named("x", Type::histogram, 1000);
  distribution.bounds = {1};
  const Page page = page_of({family(distribution, "a", HistogramValue{{1, 2}, 2500}),
                             family(distribution, "b", HistogramValue{{3, 4}, 4500})},
                            {family(named("x", Type::gauge), "", GaugeValue{-1.5})});
  ASSERT_EQ(page.families().size(), 3U);
  for (const Family* one : page.families()) {
    EXPECT_EQ(one->info->type, Type::untyped);
  }
  EXPECT_EQ(page.families()[1]->info->bounds, distribution.bounds);
  EXPECT_EQ(std::get<HistogramValue>(page.families()[1]->points[0].value).sum, 4500);
  EXPECT_EQ(std::get<GaugeValue>(page.families()[2]->points[0].value).value, -1.5);
}

/// Of a tenant, whose series say so.
Family of_tenant(const std::string& tenant, FamilyInfo info, Value value) {
  info.tenant = tenant;
  Family result = family(std::move(info), "", std::move(value));
  result.points[0].series = std::make_shared<Series>(Labels{{"job", "shop"}, {"tenant", tenant}});
  return result;
}

FamilyInfo histogram_named(std::string name) {
  FamilyInfo info = named(std::move(name), Type::histogram);
  info.bounds = {1};
  return info;
}

/// What a reader of these tenants sees; of all without any.
Page scoped(std::vector<Family> collected, std::vector<std::string> tenants,
            std::vector<Family> own = {}) {
  const bool everything = tenants.empty();
  return {std::make_shared<Epoch>(
              Epoch{std::make_shared<Snapshot>(Snapshot{std::move(collected)}), std::move(own)}),
          Scope{everything, std::move(tenants)}};
}

std::vector<std::pair<std::string, Type>> types_of(const Page& page) {
  std::vector<std::pair<std::string, Type>> types;
  for (const Family* const one : page.families()) {
    types.emplace_back(one->info->name, one->info->type);
  }
  return types;
}

using Types = std::vector<std::pair<std::string, Type>>;

std::vector<Family> tenants_that_disagree() {
  return {of_tenant("a", named("level", Type::gauge), GaugeValue{1}),
          of_tenant("b", named("level", Type::counter), CounterValue{2}),
          of_tenant("a", histogram_named("wait"), HistogramValue{{1, 2}, 9}),
          of_tenant("b", named("wait_count", Type::gauge), GaugeValue{7}),
          of_tenant("a", named("z_total"), CounterValue{3}),
          of_tenant("b", named("z_total"), CounterValue{4})};
}

TEST(Page, WhatIsKnownOfJobsBesidesIsShownToTheirReadersBetweenTheOthers) {
  auto epoch = std::make_shared<Epoch>();
  epoch->collected = std::make_shared<Snapshot>(
      Snapshot{{of_tenant("b", named("level", Type::gauge), GaugeValue{1})}});
  epoch->own = {family(named("level", Type::gauge), "", GaugeValue{3})};
  epoch->of_jobs = {of_tenant("a", named("level", Type::gauge), GaugeValue{2}),
                    of_tenant("b", named("a_level", Type::gauge), GaugeValue{4})};
  const auto tenants = [](const Page& page) {
    std::vector<std::pair<std::string, std::string>> shown;
    for (const Family* const one : page.families()) {
      shown.emplace_back(one->info->name, one->info->tenant);
    }
    return shown;
  };
  using Shown = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(tenants(Page(epoch, Scope{})),
            (Shown{{"a_level", "b"}, {"level", "b"}, {"level", "a"}, {"level", ""}}));
  EXPECT_EQ(tenants(Page(epoch, Scope{false, {"a"}})), (Shown{{"level", "a"}}));
}

TEST(Page, OfAReaderShowsItsTenantsAndNothingOfTheAgents) {
  const Page page =
      scoped(tenants_that_disagree(), {"b"}, {family(named("own_total"), "", CounterValue{1})});
  EXPECT_EQ(
      types_of(page),
      (Types{{"level", Type::counter}, {"wait_count", Type::gauge}, {"z_total", Type::counter}}));
  for (const Family* const one : page.families()) {
    EXPECT_EQ(one->info->tenant, "b");
  }
}

TEST(Page, OfATenantIsTypedWhateverOthersDeclare) {
  EXPECT_EQ(types_of(scoped(tenants_that_disagree(), {"a"})),
            (Types{{"level", Type::gauge}, {"wait", Type::histogram}, {"z_total", Type::counter}}));
}

TEST(Page, ThatJoinsTenantsIsUntypedWhereTheyDisagreeWithTheValuesIntact) {
  for (const std::vector<std::string>& tenants :
       {std::vector<std::string>{}, std::vector<std::string>{"a", "b"}}) {
    const Page page = scoped(tenants_that_disagree(), tenants);
    EXPECT_EQ(types_of(page), (Types{{"level", Type::untyped},
                                     {"level", Type::untyped},
                                     {"wait", Type::untyped},
                                     {"wait_count", Type::untyped},
                                     {"z_total", Type::counter},
                                     {"z_total", Type::counter}}));
    EXPECT_EQ(std::get<HistogramValue>(page.families()[2]->points[0].value).sum, 9);
    EXPECT_EQ(std::get<GaugeValue>(page.families()[3]->points[0].value).value, 7);
  }
}

TEST(Page, AHistogramThatIsUntypedAlreadyMakesTheFamilyOfItsSamplesNameUntypedToo) {
  const Page page = scoped({of_tenant("a", histogram_named("wait"), HistogramValue{{1, 2}, 9}),
                            of_tenant("b", named("wait", Type::gauge), GaugeValue{1}),
                            of_tenant("b", named("wait_sum", Type::counter), CounterValue{7})},
                           {});
  EXPECT_EQ(types_of(page),
            (Types{{"wait", Type::untyped}, {"wait", Type::untyped}, {"wait_sum", Type::untyped}}));
}

TEST(Page, OfNoTenantIsEmpty) {
  const auto epoch =
      std::make_shared<Epoch>(Epoch{std::make_shared<Snapshot>(Snapshot{tenants_that_disagree()}),
                                    {family(named("own_total"), "", CounterValue{1})}});
  EXPECT_TRUE(Page(epoch, Scope{false, {}}).families().empty());
  EXPECT_TRUE(Page(epoch, Scope{false, {"c"}}).families().empty());
}

TEST(Page, CopiesNothingOfWhatWasCollected) {
  const auto collected =
      std::make_shared<Snapshot>(Snapshot{{family(named("a_total"), "shop", CounterValue{1})}});
  const Page page(collected, {family(named("b_total"), "", CounterValue{2})});
  EXPECT_EQ(page.families().at(0), collected->families.data());
}

TEST(Page, StaysValidWhenItIsMoved) {
  Page first = page_of({family(named("a_total"), "shop", CounterValue{1})},
                       {family(named("a_total", Type::gauge), "", GaugeValue{2}),
                        family(named("b_total"), "", CounterValue{3})});
  const Page page = std::move(first);
  ASSERT_EQ(page.families().size(), 3U);
  EXPECT_EQ(page.families()[1]->points.size(), 1U);
  EXPECT_EQ(page.families()[2]->info->name, "b_total");
}

TEST(Page, OfNothingIsNothing) {
  EXPECT_TRUE(page_of({}, {}).families().empty());
}

}  // namespace
}  // namespace shmx::model
