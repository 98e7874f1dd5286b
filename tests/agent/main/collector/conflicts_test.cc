// Processes and jobs that disagree about a family: who is shown, and as what.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/main/collector/collected.h"

namespace shmx::testing {
namespace {

using ::testing::Contains;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

std::uint64_t refused(Collected& agent, const std::string& reason) {
  return agent.collector->statistics().families_refused_total.at(reason);
}

TEST(Bounds, ProcessesWithDifferentBoundsMergeOnTheCommonOnes) {
  Collected agent;
  WriterProcess old(agent.directory.path(), "shop");
  WriterProcess young(agent.directory.path(), "shop");
  old.run("histogram h wait_seconds bounds=0.1,0.5,1,5");
  for (const std::string value : {"0.05", "0.3", "0.7", "3", "9"}) {
    old.run("observe h " + value);
  }
  EXPECT_THAT(agent.scrape(), Contains(Pair("wait_seconds_bucket{job=\"shop\",le=\"0.5\"}", 2)));
  young.run("histogram h wait_seconds bounds=0.1,0.25,1,10");
  for (const std::string value : {"0.05", "0.2", "0.7", "9"}) {
    young.run("observe h " + value);
  }
  const PageValues page = agent.scrape();
  EXPECT_THAT(page, Contains(Pair("wait_seconds_bucket{job=\"shop\",le=\"0.1\"}", 2)));
  EXPECT_THAT(page, Contains(Pair("wait_seconds_bucket{job=\"shop\",le=\"1\"}", 6)));
  EXPECT_THAT(page, Contains(Pair("wait_seconds_bucket{job=\"shop\",le=\"+Inf\"}", 9)));
  EXPECT_THAT(page, Not(Contains(Key("wait_seconds_bucket{job=\"shop\",le=\"0.5\"}"))));
  EXPECT_THAT(page, Not(Contains(Key("wait_seconds_bucket{job=\"shop\",le=\"0.25\"}"))));
  EXPECT_DOUBLE_EQ(page.at("wait_seconds_sum{job=\"shop\"}"),
                   0.05 + 0.3 + 0.7 + 3 + 9 + 0.05 + 0.2 + 0.7 + 9);
}

TEST(Buckets, AProcessThatGoesBackToClassicOnesRestartsTheFamilyAtWhatItAddsItself) {
  Collected agent;
  WriterProcess first(agent.directory.path(), "shop");
  WriterProcess second(agent.directory.path(), "shop");
  const std::string count = "wait_seconds_count{job=\"shop\"}";
  for (WriterProcess* writer : {&first, &second}) {
    writer->run("histogram h wait_seconds bounds=0.1,1 native=0");
    writer->run("observe h 0.05");
    writer->run("observe h 0.5");
  }
  EXPECT_EQ(agent.scrape().at(count), 4);
  // Of a segment that is read already: its directory, and the memory that it is read into, grow.
  second.run("histogram classic wait_seconds bounds=0.1,1");
  for (int i = 0; i < 1'000; ++i) {
    const std::string id = std::to_string(i);
    second.run(std::string("counter c").append(id).append(" orders_total n=").append(id));
  }
  second.run("observe classic 0.5");
  PageValues page = agent.scrape();
  EXPECT_EQ(page.at(count), 1);
  EXPECT_EQ(page.at("wait_seconds_bucket{job=\"shop\",le=\"0.1\"}"), 0);
  first.run("observe h 0.05");
  second.run("observe h 0.05");
  page = agent.scrape();
  EXPECT_EQ(page.at(count), 3);
  EXPECT_EQ(page.at("wait_seconds_bucket{job=\"shop\",le=\"0.1\"}"), 2);
}

TEST(Bounds, RetiredTotalsFollowToTheCommonBounds) {
  Collected agent;
  WriterProcess dead(agent.directory.path(), "shop");
  WriterProcess old(agent.directory.path(), "shop");
  for (WriterProcess* writer : {&dead, &old}) {
    writer->run("histogram h wait_seconds bounds=0.1,1");
    writer->run("observe h 0.05");
    writer->run("observe h 0.5");
  }
  dead.kill();
  agent.scrape();
  WriterProcess young(agent.directory.path(), "shop");
  young.run("histogram h wait_seconds bounds=1,2");
  young.run("observe h 1.5");
  const PageValues page = agent.scrape();
  EXPECT_THAT(page, Contains(Pair("wait_seconds_bucket{job=\"shop\",le=\"1\"}", 4)));
  EXPECT_THAT(page, Contains(Pair("wait_seconds_count{job=\"shop\"}", 5)));
  EXPECT_THAT(page, Not(Contains(Key("wait_seconds_bucket{job=\"shop\",le=\"0.1\"}"))));
}

TEST(Bounds, WhenTheLastProcessWithTheOldOnesIsGoneTheFamilyRestartsAtZeroWithTheNewOnes) {
  Collected agent;
  WriterProcess old(agent.directory.path(), "shop");
  WriterProcess young(agent.directory.path(), "shop");
  old.run("histogram h wait_seconds bounds=0.1,1");
  old.run("observe h 0.5");
  young.run("histogram h wait_seconds bounds=0.2,1");
  young.run("observe h 0.15");
  EXPECT_THAT(agent.scrape(), Contains(Pair("wait_seconds_count{job=\"shop\"}", 2)));
  old.kill();
  young.run("observe h 0.15");
  const PageValues page = agent.scrape();
  // What the old series have shown already must not be counted again after the reset.
  EXPECT_THAT(page, Contains(Pair("wait_seconds_bucket{job=\"shop\",le=\"0.2\"}", 1)));
  EXPECT_THAT(page, Contains(Pair("wait_seconds_count{job=\"shop\"}", 1)));
  EXPECT_DOUBLE_EQ(page.at("wait_seconds_sum{job=\"shop\"}"), 0.15);
  EXPECT_EQ(agent.collector->statistics().families_restarted_total, 1U);
  young.run("observe h 0.15");
  young.kill();
  EXPECT_THAT(agent.scrape(), Contains(Pair("wait_seconds_count{job=\"shop\"}", 2)));
}

TEST(Bounds, AReleaseThatStopsTheOldProcessesFirstRestartsTheFamilyToo) {
  Collected agent;
  {
    WriterProcess old(agent.directory.path(), "shop");
    old.run("histogram h wait_seconds bounds=0.1,1");
    old.run("observe h 0.5");
  }
  EXPECT_THAT(agent.scrape(), Contains(Pair("wait_seconds_count{job=\"shop\"}", 1)));
  WriterProcess young(agent.directory.path(), "shop");
  young.run("histogram h wait_seconds bounds=0.2,2");
  young.run("observe h 1.5");
  young.run("observe h 1.5");
  const PageValues page = agent.scrape();
  EXPECT_THAT(page, Contains(Pair("wait_seconds_bucket{job=\"shop\",le=\"2\"}", 2)));
  EXPECT_THAT(page, Contains(Pair("wait_seconds_count{job=\"shop\"}", 2)));
}

TEST(Bounds, TwoDifferentlyConfiguredHistogramsInOneProcessMerge) {
  Collected agent;
  WriterProcess writer(agent.directory.path(), "shop");
  writer.run("histogram a wait_seconds bounds=0.1,1 from=a");
  writer.run("histogram b wait_seconds bounds=1,5 from=b");
  writer.run("observe a 0.05");
  writer.run("observe b 3");
  const PageValues page = agent.scrape();
  EXPECT_THAT(page, Contains(Pair("wait_seconds_bucket{from=\"a\",job=\"shop\",le=\"1\"}", 1)));
  EXPECT_THAT(page, Contains(Pair("wait_seconds_bucket{from=\"b\",job=\"shop\",le=\"1\"}", 0)));
  EXPECT_THAT(page, Contains(Pair("wait_seconds_bucket{from=\"b\",job=\"shop\",le=\"+Inf\"}", 1)));
  EXPECT_THAT(page, Not(Contains(Key("wait_seconds_bucket{from=\"a\",job=\"shop\",le=\"0.1\"}"))));
}

TEST(Bounds, JobsWithDifferentBoundsKeepTheirOwn) {
  Collected agent;
  WriterProcess shop(agent.directory.path(), "shop");
  WriterProcess bank(agent.directory.path(), "bank");
  shop.run("histogram h wait_seconds bounds=0.1");
  bank.run("histogram h wait_seconds bounds=7");
  shop.run("observe h 1");
  bank.run("observe h 1");
  const auto snapshot = agent.snapshot();
  const PageValues page = values_of(*snapshot);
  EXPECT_THAT(page, Contains(Pair("wait_seconds_bucket{job=\"shop\",le=\"0.1\"}", 0)));
  EXPECT_THAT(page, Contains(Pair("wait_seconds_bucket{job=\"bank\",le=\"7\"}", 1)));
  EXPECT_EQ(type_of(*snapshot, "wait_seconds"), model::Type::histogram);
}

TEST(Conflicts, TheFirstTypeOfAJobWinsAndTheOthersOtherFamiliesAreServed) {
  Collected agent;
  WriterProcess first(agent.directory.path(), "shop");
  first.run("counter c things_total");
  first.run("add c 5");
  agent.scrape();
  WriterProcess second(agent.directory.path(), "shop");
  second.run("gauge g things_total mode=sum");
  second.run("set g 1000");
  second.run("counter d other_total");
  second.run("add d 1");
  const auto snapshot = agent.snapshot();
  EXPECT_THAT(values_of(*snapshot), Contains(Pair("things_total{job=\"shop\"}", 5)));
  EXPECT_THAT(values_of(*snapshot), Contains(Pair("other_total{job=\"shop\"}", 1)));
  EXPECT_EQ(type_of(*snapshot, "things_total"), model::Type::counter);
  EXPECT_EQ(refused(agent, "type_conflict"), 1U);
}

TEST(Conflicts, ResolutionAndModeAreDecidedByTheFirstToo) {
  Collected agent;
  WriterProcess first(agent.directory.path(), "shop");
  first.run("counter c busy_seconds_total ticks=1000");
  first.run("fraction c 1.5");
  first.run("gauge g queue mode=max");
  first.run("set g 2");
  agent.scrape();
  WriterProcess second(agent.directory.path(), "shop");
  second.run("counter c busy_seconds_total ticks=10");
  second.run("fraction c 1.5");
  second.run("gauge g queue mode=sum");
  second.run("set g 3");
  const PageValues page = agent.scrape();
  EXPECT_THAT(page, Contains(Pair("busy_seconds_total{job=\"shop\"}", 1.5)));
  EXPECT_THAT(page, Contains(Pair("queue{job=\"shop\"}", 2)));
  EXPECT_EQ(refused(agent, "resolution_conflict"), 1U);
  EXPECT_EQ(refused(agent, "mode_conflict"), 1U);
}

TEST(Conflicts, NoSegmentRetypesOrRewritesAGrpcFamily) {
  Collected agent;
  WriterProcess writer(agent.directory.path(), "shop");
  writer.run("gauge g grpc_server_handled_total mode=sum");
  writer.run("set g 1");
  writer.run("counter c grpc_server_started_total help=Nonsense.");
  writer.run("add c 2");
  const auto snapshot = agent.snapshot();
  EXPECT_FALSE(type_of(*snapshot, "grpc_server_handled_total").has_value());
  EXPECT_EQ(help_of(*snapshot, "grpc_server_started_total"), "RPCs that the server has begun.");
  EXPECT_EQ(refused(agent, "type_conflict"), 1U);
}

TEST(Conflicts, SamplesOfAHistogramCannotBeAnotherFamilys) {
  Collected agent;
  WriterProcess writer(agent.directory.path(), "shop");
  writer.run("histogram h wait bounds=1");
  writer.run("observe h 0.5");
  writer.run("gauge g wait_count mode=sum");
  writer.run("set g 1000");
  EXPECT_THAT(agent.scrape(), Contains(Pair("wait_count{job=\"shop\"}", 1)));
  EXPECT_EQ(refused(agent, "sample_collision"), 1U);
}

TEST(Conflicts, TheNewestHelpIsShown) {
  Collected agent;
  WriterProcess old(agent.directory.path(), "shop");
  old.run("counter c things_total help=Old.");
  old.run("add c 1");
  EXPECT_EQ(help_of(*agent.snapshot(), "things_total"), "Old.");
  WriterProcess young(agent.directory.path(), "shop");
  young.run("counter c things_total help=New.");
  young.run("add c 1");
  const auto snapshot = agent.snapshot();
  EXPECT_EQ(help_of(*snapshot, "things_total"), "New.");
  EXPECT_THAT(values_of(*snapshot), Contains(Pair("things_total{job=\"shop\"}", 2)));
}

TEST(Conflicts, JobsOfDifferentTypesMakeTheFamilyUntypedWithEveryValueIntact) {
  Collected agent;
  WriterProcess shop(agent.directory.path(), "shop");
  WriterProcess bank(agent.directory.path(), "bank");
  WriterProcess club(agent.directory.path(), "club");
  shop.run("counter c things ticks=10");
  shop.run("fraction c 0.5");
  bank.run("gauge g things mode=sum");
  bank.run("set g -3");
  club.run("histogram h things bounds=1");
  club.run("observe h 0.25");
  const auto snapshot = agent.snapshot();
  const PageValues page = values_of(*snapshot);
  EXPECT_EQ(type_of(*snapshot, "things"), model::Type::untyped);
  EXPECT_THAT(page, Contains(Pair("things{job=\"shop\"}", 0.5)));
  EXPECT_THAT(page, Contains(Pair("things{job=\"bank\"}", -3)));
  EXPECT_THAT(page, Contains(Pair("things_bucket{job=\"club\",le=\"1\"}", 1)));
  EXPECT_THAT(page, Contains(Pair("things_bucket{job=\"club\",le=\"+Inf\"}", 1)));
  EXPECT_THAT(page, Contains(Pair("things_sum{job=\"club\"}", 0.25)));
  EXPECT_THAT(page, Contains(Pair("things_count{job=\"club\"}", 1)));
}

TEST(Conflicts, AnotherJobsFamilyWithAHistogramsSampleNameSharesThePage) {
  Collected agent;
  WriterProcess shop(agent.directory.path(), "shop");
  WriterProcess bank(agent.directory.path(), "bank");
  shop.run("histogram h wait bounds=1");
  shop.run("observe h 0.5");
  bank.run("counter c wait_count");
  bank.run("add c 4");
  const PageValues page = agent.scrape();
  EXPECT_THAT(page, Contains(Pair("wait_count{job=\"shop\"}", 1)));
  EXPECT_THAT(page, Contains(Pair("wait_count{job=\"bank\"}", 4)));
  EXPECT_THAT(page, Contains(Pair("wait_bucket{job=\"shop\",le=\"1\"}", 1)));
}

TEST(Conflicts, JobsOfDifferentResolutionAreStillOneType) {
  Collected agent;
  WriterProcess shop(agent.directory.path(), "shop");
  WriterProcess bank(agent.directory.path(), "bank");
  shop.run("counter c busy_seconds_total ticks=1000");
  shop.run("fraction c 1.5");
  bank.run("counter c busy_seconds_total ticks=10");
  bank.run("fraction c 2.5");
  const auto snapshot = agent.snapshot();
  const PageValues page = values_of(*snapshot);
  EXPECT_THAT(page, Contains(Pair("busy_seconds_total{job=\"shop\"}", 1.5)));
  EXPECT_THAT(page, Contains(Pair("busy_seconds_total{job=\"bank\"}", 2.5)));
  EXPECT_EQ(type_of(*snapshot, "busy_seconds_total"), model::Type::counter);
}

}  // namespace
}  // namespace shmx::testing
