// Totals over the agent's restarts: with its state every count goes on, without it every counter
// restarts at 0; in no case a count is shown twice.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/agent/main/collector/restarted.h"

namespace shmx::testing {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

namespace fs = std::filesystem;

const std::string kOrders = "orders_total{job=\"shop\"}";

void count_orders(WriterProcess& writer, int n) {
  writer.run("counter orders orders_total");
  writer.run("add orders " + std::to_string(n));
}

class StateTest : public ::testing::Test {
 protected:
  std::unique_ptr<WriterProcess> start(const std::string& service = "shop") {
    return std::make_unique<WriterProcess>(agent_.directory.path(), service);
  }

  Restarted agent_;
};

TEST_F(StateTest, TotalsGoOnOverARestart) {
  auto a = start();
  auto b = start();
  count_orders(*a, 10);
  count_orders(*b, 1);
  a->kill();
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 11)));
  agent_.restart();
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 11)));
  b->run("add orders 5");
  b->kill();
  agent_.restart();
  const PageValues page = agent_.scrape();
  EXPECT_THAT(page, Contains(Pair(kOrders, 16)));
  EXPECT_THAT(page, Contains(Pair("shm_exporter_job_processes_started_total{job=\"shop\"}", 2)));
  EXPECT_THAT(page, Contains(Pair("shm_exporter_job_processes_ended_total{job=\"shop\"}", 2)));
  EXPECT_THAT(agent_.directory.names(), IsEmpty());
}

TEST_F(StateTest, ProcessesThatAreBornAndDieWhileTheAgentIsDownAreCounted) {
  agent_.stop();
  for (int i = 0; i < 3; ++i) {
    count_orders(*start(), 2);
  }
  agent_.restart();
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 6)));
  agent_.restart();
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 6)));
}

TEST_F(StateTest, AHistogramsBucketsAndSumGoOn) {
  auto a = start();
  a->run("histogram wait wait_seconds bounds=0.1,1");
  a->run("observe wait 0.25");
  a->kill();
  agent_.restart();
  agent_.restart();
  const PageValues page = agent_.scrape();
  EXPECT_THAT(page, Contains(Pair("wait_seconds_bucket{job=\"shop\",le=\"0.1\"}", 0)));
  EXPECT_THAT(page, Contains(Pair("wait_seconds_bucket{job=\"shop\",le=\"1\"}", 1)));
  EXPECT_THAT(page, Contains(Pair("wait_seconds_sum{job=\"shop\"}", 0.25)));
}

TEST_F(StateTest, ASegmentThatWasFoldedAndNotRemovedIsNotFoldedAgain) {
  auto a = start();
  count_orders(*a, 3);
  agent_.scrape();
  const std::string name = agent_.directory.names().front();
  // A second name keeps the file when the agent has removed the first.
  fs::create_directory(agent_.elsewhere.file("kept"));
  fs::create_hard_link(agent_.directory.file(name), agent_.elsewhere.file("kept/segment"));
  a->kill();
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 3)));
  agent_.stop();
  fs::rename(agent_.elsewhere.file("kept/segment"), agent_.directory.file(name));
  agent_.restart();
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 3)));
  EXPECT_THAT(agent_.directory.names(), IsEmpty());
  // Forgotten only now that no name can bring it back.
  agent_.collector->rescan(agent_.now);
  agent_.restart();
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 3)));
}

TEST_F(StateTest, AQuarantinedSegmentKeepsItsLastGoodValuesOverARestart) {
  auto a = start();
  count_orders(*a, 4);
  agent_.scrape();
  const std::string path = agent_.directory.file(agent_.directory.names().front());
  {
    // Its cells become what they cannot be.
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(layout::kHeaderBytes);
    file << std::string(fs::file_size(path) - layout::kHeaderBytes, '\xff');
  }
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 4)));
  EXPECT_EQ(agent_.collector->statistics().segments_quarantined, 1U);
  agent_.restart();
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 4)));
  EXPECT_EQ(agent_.collector->statistics().segments_quarantined, 1U);
  a->kill();
  agent_.collector->rescan(agent_.now);
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 4)));
  EXPECT_THAT(agent_.directory.names(), IsEmpty());
}

TEST_F(StateTest, AfterALossEveryCounterRestartsAt0AndOnlyWhatComesIsCounted) {
  auto live = start();
  auto dead = start();
  count_orders(*live, 100);
  count_orders(*dead, 10);
  agent_.scrape();
  agent_.stop();
  dead->kill();
  fs::remove(agent_.state.file("state.db"));
  agent_.restart();
  EXPECT_THAT(agent_.log, Contains(HasSubstr("the state is lost (missing")));
  PageValues page = agent_.scrape();
  EXPECT_THAT(page, Contains(Pair(kOrders, 0)));
  EXPECT_THAT(page, Contains(Pair("shm_exporter_job_processes_started_total{job=\"shop\"}", 0)));
  EXPECT_EQ(agent_.collector->statistics().states_lost_total.at("missing"), 1U);
  live->run("add orders 7");
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 7)));
  // The baseline is part of the state: a restart shows no part of what was before.
  agent_.restart();
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 7)));
  live->kill();
  agent_.restart();
  page = agent_.scrape();
  EXPECT_THAT(page, Contains(Pair(kOrders, 7)));
  EXPECT_THAT(page, Contains(Pair("shm_exporter_job_processes{job=\"shop\"}", 0)));
}

/// As many dead segments of 2 orders each as a host may have after the agent was away for long.
void leave_dead_segments(const Restarted& agent, int count) {
  WriterProcess writer(agent.directory.path(), "shop");
  count_orders(writer, 2);
  const std::string path = agent.directory.file(agent.directory.names().front());
  for (int i = 1; i < count; ++i) {
    fs::copy_file(path, agent.directory.file("copy" + std::to_string(i) + ".shmx"));
  }
}

TEST_F(StateTest, ManyDeadSegmentsAreAllCountedBeforeThereIsAPage) {
  agent_.stop();
  leave_dead_segments(agent_, 700);
  agent_.restart();
  EXPECT_THAT(agent_.first_page(), Contains(Pair(kOrders, 1400)));
  EXPECT_THAT(agent_.directory.names(), IsEmpty());
  agent_.restart();
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 1400)));
}

TEST_F(StateTest, ATotalWaitsForAllDeadSegmentsBeforeItIsJudged) {
  auto old = start();
  old->run("histogram wait wait_seconds bounds=1");
  old->run("observe wait 0.5");
  auto updated = start();
  updated->run("histogram wait wait_seconds bounds=2");
  for (int i = 0; i < 10; ++i) {
    updated->run("observe wait 0.5");
  }
  agent_.scrape();
  old->kill();  // The family restarts, less what the other has counted by now.
  EXPECT_THAT(agent_.scrape(), Contains(Pair("wait_seconds_count{job=\"shop\"}", 0)));
  for (int i = 0; i < 5; ++i) {
    updated->run("observe wait 0.5");
  }
  EXPECT_THAT(agent_.scrape(), Contains(Pair("wait_seconds_count{job=\"shop\"}", 5)));
  agent_.stop();
  const std::string last = agent_.directory.names().front();
  fs::rename(agent_.directory.file(last), agent_.elsewhere.file(last));
  updated->kill();
  leave_dead_segments(agent_, 700);
  // A new inode, so that it is the last in the directory.
  fs::copy_file(agent_.elsewhere.file(last), agent_.directory.file(last));
  agent_.restart();
  EXPECT_FALSE(agent_.collector->ready()) << "so many wait";
  const PageValues page = agent_.first_page();
  EXPECT_THAT(page, Contains(Pair("wait_seconds_count{job=\"shop\"}", 5)));
  EXPECT_THAT(page, Contains(Pair(kOrders, 1400)));
}

TEST_F(StateTest, OfManyDeadSegmentsSomeAreDoneWithBeforeTheOthersAre) {
  agent_.stop();
  leave_dead_segments(agent_, 200);
  agent_.restart();
  EXPECT_THAT(agent_.directory.names(), IsEmpty()) << "one call is enough for them";
  EXPECT_GE(agent_.collector->statistics().state_commits_total, 4U);
  agent_.restart();
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 400)));
}

TEST_F(StateTest, AfterALossNoDeadSegmentIsCountedHoweverManyThereAreAndWheneverTheAgentEnds) {
  auto live = start();
  count_orders(*live, 50);
  agent_.scrape();
  agent_.stop();
  leave_dead_segments(agent_, 700);
  fs::remove(agent_.state.file("state.db"));
  for (int ends = 0; ends < 2; ++ends) {
    agent_.restart();  // And ended again before it has seen them all.
    EXPECT_FALSE(agent_.collector->ready());
  }
  EXPECT_THAT(agent_.first_page(), Contains(Pair(kOrders, 0)));
  live->run("add orders 3");
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 3)));
  agent_.restart();
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 3)));
}

TEST_F(StateTest, WhileTheStateCannotBeWrittenEverythingIsShownAndNothingIsRemoved) {
  auto a = start();
  count_orders(*a, 5);
  agent_.scrape();
  agent_.fill_state();
  a->kill();
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 5)));
  EXPECT_THAT(agent_.log, Contains(HasSubstr("the state cannot be written")));
  EXPECT_GT(agent_.collector->statistics().fold_failures_total, 0U);
  EXPECT_EQ(agent_.collector->statistics().folds_waiting, 1U);
  EXPECT_EQ(agent_.directory.names().size(), 1U);
  // Whoever starts now finds the file, and folds it.
  agent_.restart();
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 5)));
  agent_.empty_state();
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 5)));
  EXPECT_THAT(agent_.directory.names(), IsEmpty());
  EXPECT_EQ(agent_.collector->statistics().folds_waiting, 0U);
  agent_.restart();
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 5)));
}

TEST_F(StateTest, AJobLeavesWholeAfterItsRetentionAlsoOverRestarts) {
  count_orders(*start("shop"), 1);
  auto alive = start("bank");
  count_orders(*alive, 2);
  agent_.scrape();
  agent_.now.boot += std::chrono::hours(23);
  agent_.restart();
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 1)));
  agent_.now.boot += std::chrono::hours(1);
  agent_.collector->rescan(agent_.now);
  for (int restarts = 0; restarts < 2; ++restarts) {
    const PageValues page = agent_.scrape();
    EXPECT_THAT(page, Each(Key(Not(HasSubstr("job=\"shop\"")))));
    EXPECT_THAT(page, Contains(Pair("orders_total{job=\"bank\"}", 2)));
    agent_.restart();
  }
}

TEST_F(StateTest, SeriesOfOneProcessLingerAlsoOverARestart) {
  agent_.per_process_jobs = {"shop"};
  agent_.restart();
  auto a = start();
  count_orders(*a, 1);
  const std::string series = "orders_total{job=\"shop\",pid=\"" + std::to_string(a->pid()) + "\"}";
  a->kill();
  EXPECT_THAT(agent_.scrape(), Contains(Pair(series, 1)));
  agent_.now.boot += std::chrono::minutes(4);
  agent_.restart();
  EXPECT_THAT(agent_.scrape(), Contains(Pair(series, 1)));
  agent_.now.boot += std::chrono::minutes(1);
  agent_.restart();
  EXPECT_THAT(agent_.scrape(), Not(Contains(Key(series))));
}

TEST_F(StateTest, SwitchingPerProcessRestartsTheJobWhole) {
  auto a = start();
  count_orders(*a, 1);
  count_orders(*start(), 8);
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 9)));
  const std::string series = "orders_total{job=\"shop\",pid=\"" + std::to_string(a->pid()) + "\"}";
  agent_.per_process_jobs = {"shop"};
  agent_.restart();
  PageValues page = agent_.scrape();
  EXPECT_THAT(page, Not(Contains(Key(kOrders))));
  EXPECT_THAT(page, Contains(Pair(series, 0)));
  a->run("add orders 3");
  EXPECT_THAT(agent_.scrape(), Contains(Pair(series, 3)));
  agent_.per_process_jobs = {};
  agent_.restart();
  page = agent_.scrape();
  EXPECT_THAT(page, Not(Contains(Key(series))));
  // Not what was in it before, nor what has been shown since: both would be counted twice.
  EXPECT_THAT(page, Contains(Pair(kOrders, 0)));
}

TEST_F(StateTest, WhatIsNewBeyondAJobsLimitIsCountedInTheOverflowSeriesAndRetiredOnesCountToo) {
  agent_.limits.series_per_job = 3;  // One is the overflow series that a family comes with.
  agent_.restart();
  {
    auto gone = start();
    gone->run("counter a orders_total kind=a");
    gone->run("add a 1");
    gone->run("counter b orders_total kind=b");
    gone->run("add b 2");
  }
  auto late = start();
  late->run("counter c orders_total kind=c");
  late->run("add c 3");
  late->run("counter a orders_total kind=a");
  late->run("add a 10");
  for (int restarts = 0; restarts < 2; ++restarts) {
    const PageValues page = agent_.scrape();
    EXPECT_THAT(page, Contains(Pair("orders_total{job=\"shop\",kind=\"a\"}", 11)));
    EXPECT_THAT(page, Contains(Pair("orders_total{job=\"shop\",kind=\"b\"}", 2)));
    EXPECT_THAT(page,
                Contains(Pair("orders_total{job=\"shop\",otel_metric_overflow=\"true\"}", 3)));
    EXPECT_GT(agent_.collector->statistics().series_overflowed_total, 0U);
    agent_.restart();
  }
}

TEST_F(StateTest, WhereALiveSeriesIsCountedIsTheSameAfterARestart) {
  agent_.limits.series_per_job = 2;  // One is the overflow series that a family comes with.
  agent_.restart();
  auto first = start();
  first->run("counter hidden other_total");
  agent_.scrape();
  agent_.limits.series_per_job = 4;
  agent_.restart();
  auto second = start();
  second->run("counter b orders_total kind=b");
  second->run("add b 10");
  agent_.scrape();
  first->run("counter a orders_total kind=a");
  first->run("add a 1000");
  const PageValues before = agent_.scrape();
  EXPECT_THAT(before, Contains(Pair("orders_total{job=\"shop\",kind=\"b\"}", 10)));
  EXPECT_THAT(before,
              Contains(Pair("orders_total{job=\"shop\",otel_metric_overflow=\"true\"}", 1000)));
  // The first process is found first now, and there is more room.
  agent_.limits.series_per_job = 100;
  agent_.restart();
  const PageValues after = agent_.scrape();
  EXPECT_THAT(after, Contains(Pair("orders_total{job=\"shop\",kind=\"b\"}", 10)));
  EXPECT_THAT(after,
              Contains(Pair("orders_total{job=\"shop\",otel_metric_overflow=\"true\"}", 1000)));
}

TEST_F(StateTest, AJobAmongTheOthersStaysThereOverARestart) {
  agent_.limits.jobs_per_owner = 1;
  agent_.restart();
  auto first = start("a");
  count_orders(*first, 1);
  agent_.scrape();
  auto second = start("b");
  count_orders(*second, 2);
  EXPECT_THAT(agent_.scrape(), Contains(Pair("orders_total{job=\"shm_exporter_overflow\"}", 2)));
  agent_.limits.jobs_per_owner = 10;
  agent_.restart();
  EXPECT_THAT(agent_.scrape(), Contains(Pair("orders_total{job=\"shm_exporter_overflow\"}", 2)));
  EXPECT_THAT(agent_.scrape(), Contains(Pair("orders_total{job=\"a\"}", 1)));
}

TEST_F(StateTest, WhileASeriesCountsInTheOverflowSeriesItIsNowhereElse) {
  agent_.limits.series_per_job = 5;  // Each family comes with an overflow series.
  agent_.restart();
  auto gauges = start();
  gauges->run("gauge q in_use mode=sum pool=a");
  gauges->run("gauge r in_use mode=sum pool=b");
  gauges->run("counter a orders_total kind=a");
  gauges->run("add a 1");
  agent_.scrape();
  auto first = start();
  first->run("counter b orders_total kind=b");
  first->run("add b 100");
  const std::string overflow = "orders_total{job=\"shop\",otel_metric_overflow=\"true\"}";
  EXPECT_THAT(agent_.scrape(), Contains(Pair(overflow, 100)));
  gauges->kill();  // Now there is room.
  agent_.scrape();
  auto second = start();
  second->run("counter b orders_total kind=b");
  second->run("add b 5");
  EXPECT_THAT(agent_.scrape(), Contains(Pair(overflow, 105)));
  agent_.restart();
  EXPECT_THAT(agent_.scrape(), Contains(Pair(overflow, 105)));
  first->kill();
  second->kill();
  agent_.scrape();
  auto third = start();
  third->run("counter b orders_total kind=b");
  third->run("add b 7");
  for (int restarts = 0; restarts < 2; ++restarts) {
    const PageValues page = agent_.scrape();
    EXPECT_THAT(page, Contains(Pair(overflow, 105)));
    EXPECT_THAT(page, Contains(Pair("orders_total{job=\"shop\",kind=\"b\"}", 7)));
    agent_.restart();
  }
}

TEST_F(StateTest, GaugesOfAJobThatHasOverflowedHaveTheirPlacesAfterARestart) {
  agent_.limits.series_per_job = 4;  // Each family comes with an overflow series.
  agent_.restart();
  auto process = start();
  process->run("gauge q in_use mode=sum pool=a");
  process->run("set q 7");
  process->run("counter a orders_total kind=a");
  process->run("add a 1");
  process->run("counter b orders_total kind=b");
  process->run("add b 2");
  for (int restarts = 0; restarts < 2; ++restarts) {
    const PageValues page = agent_.scrape();
    EXPECT_THAT(page, Contains(Pair("in_use{job=\"shop\",pool=\"a\"}", 7)));
    EXPECT_THAT(page,
                Contains(Pair("orders_total{job=\"shop\",otel_metric_overflow=\"true\"}", 2)));
    agent_.restart();
  }
}

TEST_F(StateTest, WhileAJobIsAmongTheOthersItIsNowhereElse) {
  agent_.limits.jobs_per_owner = 1;
  agent_.restart();
  auto other = start("a");
  count_orders(*other, 1);
  agent_.scrape();
  auto first = start("b");
  count_orders(*first, 100);
  agent_.scrape();
  agent_.limits.jobs_per_owner = 10;
  agent_.restart();  // Now there is room.
  agent_.scrape();
  auto second = start("b");
  count_orders(*second, 5);
  for (int restarts = 0; restarts < 2; ++restarts) {
    EXPECT_THAT(agent_.scrape(),
                Contains(Pair("orders_total{job=\"shm_exporter_overflow\"}", 105)));
    agent_.restart();
  }
  first->kill();
  second->kill();
  agent_.scrape();
  auto third = start("b");
  count_orders(*third, 7);
  EXPECT_THAT(agent_.scrape(), Contains(Pair("orders_total{job=\"b\"}", 7)));
  EXPECT_THAT(agent_.scrape(), Contains(Pair("orders_total{job=\"shm_exporter_overflow\"}", 105)));
}

TEST_F(StateTest, ASegmentThatIsNotThereAtAStartIsStillKnownWhenItComesBack) {
  auto a = start();
  count_orders(*a, 3);
  agent_.scrape();
  const std::string name = agent_.directory.names().front();
  fs::create_hard_link(agent_.directory.file(name), agent_.elsewhere.file(name));
  a->kill();
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 3)));
  agent_.stop();
  // Its directory is not mounted while the next agent starts.
  fs::rename(agent_.directory.path(), agent_.elsewhere.file("away"));
  agent_.restart();
  for (int i = 0; i < 3; ++i) {
    agent_.collector->rescan(agent_.now);
  }
  fs::rename(agent_.elsewhere.file(name), agent_.elsewhere.file("away/" + name));
  fs::rename(agent_.elsewhere.file("away"), agent_.directory.path());
  agent_.collector->rescan(agent_.now);
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 3)));
}

TEST_F(StateTest, ABaselineOfAProcessThatIsGoneWithoutATraceIsNoNegativeCounter) {
  auto a = start();
  count_orders(*a, 100);
  agent_.scrape();
  agent_.stop();
  fs::remove(agent_.state.file("state.db"));
  agent_.restart();
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 0)));
  agent_.stop();
  fs::remove(agent_.directory.file(agent_.directory.names().front()));
  agent_.restart();
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 0)));
  auto b = start();
  count_orders(*b, 4);
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 4)));
}

TEST_F(StateTest, ALossWithNothingThereIsOverWithTheFirstPage) {
  agent_.stop();
  fs::remove(agent_.state.file("state.db"));
  agent_.restart();
  agent_.scrape();
  auto a = start();
  count_orders(*a, 5);
  agent_.restart();
  EXPECT_THAT(agent_.scrape(), Contains(Pair(kOrders, 5)));
}

TEST_F(StateTest, TheLongestUnownedSeriesLeaveFirst) {
  agent_.limits.unowned_per_job = 10;
  agent_.restart();
  for (int i = 0; i < 11; ++i) {
    auto process = start();
    process->run("counter c orders_total n=" + std::to_string(i));
    process->run("add c 1");
    process->kill();
    agent_.now.boot += std::chrono::seconds(1);
    agent_.scrape();
  }
  for (int restarts = 0; restarts < 2; ++restarts) {
    const PageValues page = agent_.scrape();
    EXPECT_THAT(page, Not(Contains(Key("orders_total{job=\"shop\",n=\"0\"}"))));
    EXPECT_THAT(page, Not(Contains(Key("orders_total{job=\"shop\",n=\"1\"}"))));
    EXPECT_THAT(page, Contains(Pair("orders_total{job=\"shop\",n=\"2\"}", 1)));
    EXPECT_THAT(page, Contains(Pair("orders_total{job=\"shop\",n=\"10\"}", 1)));
    agent_.restart();
  }
}

TEST_F(StateTest, ATypeThatAJobHasIsKeptAgainstAnotherOverARestart) {
  {
    auto first = start();
    first->run("counter x x_total");
    first->run("add x 1");
  }
  agent_.scrape();
  agent_.restart();
  auto liar = start();
  liar->run("gauge x x_total mode=sum");
  liar->run("set x 99");
  EXPECT_THAT(agent_.scrape(), Contains(Pair("x_total{job=\"shop\"}", 1)));
  EXPECT_EQ(agent_.collector->statistics().families_refused_total.at("type_conflict"), 1U);
}

TEST_F(StateTest, ARollingReleaseOfBoundsGoesOnOverARestart) {
  auto old_one = start();
  old_one->run("histogram w wait_seconds bounds=1,2,3");
  old_one->run("observe w 1.5");
  auto new_one = start();
  new_one->run("histogram w wait_seconds bounds=2,4");
  new_one->run("observe w 1");
  for (int restarts = 0; restarts < 2; ++restarts) {
    const PageValues page = agent_.scrape();
    EXPECT_THAT(page, Contains(Pair("wait_seconds_bucket{job=\"shop\",le=\"2\"}", 2)));
    EXPECT_THAT(page, Contains(Pair("wait_seconds_count{job=\"shop\"}", 2)));
    agent_.restart();
  }
  // The last process with the old bounds ends while the agent is down.
  agent_.stop();
  old_one->kill();
  agent_.restart();
  const PageValues page = agent_.scrape();
  EXPECT_THAT(page, Contains(Pair("wait_seconds_bucket{job=\"shop\",le=\"4\"}", 0)));
  EXPECT_THAT(page, Contains(Pair("wait_seconds_count{job=\"shop\"}", 0)));
  new_one->run("observe w 3");
  EXPECT_THAT(agent_.scrape(), Contains(Pair("wait_seconds_bucket{job=\"shop\",le=\"4\"}", 1)));
  agent_.restart();
  EXPECT_THAT(agent_.scrape(), Contains(Pair("wait_seconds_bucket{job=\"shop\",le=\"4\"}", 1)));
}

TEST_F(StateTest, LossesOfProcessesThatAreGoneGoOn) {
  {
    auto a = std::make_unique<WriterProcess>(agent_.directory.path(), "shop", 1);
    a->run("counter a orders_total kind=a");
    a->run("counter b orders_total kind=b");
    a->run("add b 1");
    agent_.scrape();
    EXPECT_EQ(agent_.collector->statistics().segments_degraded, 1U);
  }
  agent_.scrape();
  EXPECT_EQ(agent_.collector->statistics().segments_degraded, 0U);
  const auto before = agent_.collector->statistics().losses_total;
  EXPECT_THAT(before, Contains(Not(0U)));
  agent_.restart();
  EXPECT_EQ(agent_.collector->statistics().losses_total, before);
}

}  // namespace
}  // namespace shmx::testing
