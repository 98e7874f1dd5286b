// Births and deaths: no count is lost with its process, none is shown twice, and there is no page
// before everything that is there has been read.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "shm/layout.h"
#include "tests/agent/main/collector/collected.h"

namespace shmx::testing {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

const std::string kOrders = "orders_total{job=\"shop\"}";

void count_orders(WriterProcess& writer, int n) {
  writer.run("counter orders orders_total");
  writer.run("add orders " + std::to_string(n));
}

bool is_readable(int fd) {
  pollfd poll_fd{fd, POLLIN, 0};
  return ::poll(&poll_fd, 1, 0) == 1;
}

TEST(LifeAndDeath, ThereIsNoPageBeforeTheFirstScan) {
  TemporaryDirectory directory;
  WriterProcess writer(directory.path(), "shop");
  count_orders(writer, 1);
  CollectorConfig config;
  config.directories = {directory.path()};
  Collector collector(std::move(config));
  EXPECT_FALSE(collector.ready());
  EXPECT_FALSE(collector.collect({}).ok());
  collector.rescan({});
  EXPECT_TRUE(collector.ready());
  auto page = collector.collect({});
  ASSERT_TRUE(page.ok());
  EXPECT_THAT(values_of(*page.value()), Contains(Pair(kOrders, 1)));
}

TEST(LifeAndDeath, ADeadProcessKeepsItsCountsExactlyOnceAndItsFileGoes) {
  Collected agent;
  WriterProcess a(agent.directory.path(), "shop");
  WriterProcess b(agent.directory.path(), "shop");
  count_orders(a, 10);
  count_orders(b, 1);
  EXPECT_THAT(agent.scrape(), Contains(Pair(kOrders, 11)));
  a.run("add orders 5");  // Never seen alive.
  a.kill();
  EXPECT_THAT(agent.directory.names(), SizeIs(2));
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(agent.scrape(), Contains(Pair(kOrders, 16)));
  }
  EXPECT_THAT(agent.directory.names(), SizeIs(1));
  const PageValues page = agent.scrape();
  EXPECT_THAT(page, Contains(Pair("shm_exporter_job_processes{job=\"shop\"}", 1)));
  EXPECT_THAT(page, Contains(Pair("shm_exporter_job_processes_ended_total{job=\"shop\"}", 1)));
  EXPECT_THAT(page, Contains(Pair("shm_exporter_job_last_exit_time_seconds{job=\"shop\"}", 1.7e9)));
  EXPECT_EQ(agent.collector->statistics().folds_total, 1U);
}

TEST(LifeAndDeath, AProcessThatExitsByItselfIsKeptToo) {
  Collected agent;
  WriterProcess writer(agent.directory.path(), "shop");
  count_orders(writer, 3);
  writer.run("histogram h wait_seconds bounds=0.1,1");
  writer.run("observe h 0.5");
  writer.exit();
  const PageValues page = agent.scrape();
  EXPECT_THAT(page, Contains(Pair(kOrders, 3)));
  EXPECT_THAT(page, Contains(Pair("wait_seconds_count{job=\"shop\"}", 1)));
  EXPECT_THAT(page, Contains(Pair("wait_seconds_sum{job=\"shop\"}", 0.5)));
  EXPECT_THAT(agent.directory.names(), IsEmpty());
}

TEST(LifeAndDeath, GaugesLeaveWithTheirProcess) {
  Collected agent;
  WriterProcess a(agent.directory.path(), "shop");
  WriterProcess b(agent.directory.path(), "shop");
  for (WriterProcess* writer : {&a, &b}) {
    writer->run("gauge g queue mode=sum");
    writer->run("set g 4");
  }
  EXPECT_THAT(agent.scrape(), Contains(Pair("queue{job=\"shop\"}", 8)));
  a.kill();
  EXPECT_THAT(agent.scrape(), Contains(Pair("queue{job=\"shop\"}", 4)));
  b.kill();
  EXPECT_THAT(agent.scrape(), Not(Contains(Key("queue{job=\"shop\"}"))));
}

TEST(LifeAndDeath, AProcessThatLivedAndDiedWhileNoAgentRanIsCounted) {
  TemporaryDirectory directory;
  {
    WriterProcess writer(directory.path(), "shop");
    count_orders(writer, 9);
  }
  CollectorConfig config;
  config.directories = {directory.path()};
  Collector collector(std::move(config));
  collector.rescan({});
  EXPECT_THAT(values_of(*collector.collect({}).value()), Contains(Pair(kOrders, 9)));
  EXPECT_THAT(directory.names(), IsEmpty());
}

TEST(LifeAndDeath, InotifyTellsOfBirthsAndDeathsBetweenScrapes) {
  Collected agent;
  WriterProcess writer(agent.directory.path(), "shop");
  count_orders(writer, 2);
  ASSERT_TRUE(is_readable(agent.collector->inotify_fd()));
  agent.collector->on_inotify(agent.now);
  EXPECT_EQ(agent.collector->statistics().segments_live, 1U);
  EXPECT_FALSE(is_readable(agent.collector->inotify_fd()));
  writer.kill();
  ASSERT_TRUE(is_readable(agent.collector->inotify_fd()));
  agent.collector->on_inotify(agent.now);
  EXPECT_EQ(agent.collector->statistics().segments_live, 0U);
  EXPECT_THAT(agent.directory.names(), IsEmpty());
  EXPECT_THAT(agent.scrape(), Contains(Pair(kOrders, 2)));
}

TEST(LifeAndDeath, ARestartedServiceGoesOnFromItsTotal) {
  Collected agent;
  double last = 0;
  for (int life = 1; life <= 5; ++life) {
    WriterProcess writer(agent.directory.path(), "shop");
    count_orders(writer, life);
    const double now = agent.scrape().at(kOrders);
    EXPECT_GE(now, last);
    last = now;
  }
  EXPECT_THAT(agent.scrape(), Contains(Pair(kOrders, 1 + 2 + 3 + 4 + 5)));
}

TEST(LifeAndDeath, ACopyOfASegmentUnderASecondNameIsTheSameProcess) {
  Collected agent;
  WriterProcess writer(agent.directory.path(), "shop");
  count_orders(writer, 2);
  agent.scrape();
  std::filesystem::create_hard_link(writer.run("path"), agent.directory.file("zz.shmx"));
  agent.collector->rescan(agent.now);
  EXPECT_THAT(agent.scrape(), Contains(Pair(kOrders, 2)));
  EXPECT_EQ(agent.collector->statistics().segments_refused_total.at("hard_link"), 1U);
  writer.kill();
  for (int i = 0; i < 3; ++i) {
    agent.collector->rescan(agent.now);
    EXPECT_THAT(agent.scrape(), Contains(Pair(kOrders, 2)));
  }
}

TEST(LifeAndDeath, ARenamedSegmentIsTheSameProcess) {
  Collected agent;
  WriterProcess writer(agent.directory.path(), "shop");
  count_orders(writer, 2);
  agent.scrape();
  std::filesystem::rename(writer.run("path"), agent.directory.file("zz.shmx"));
  EXPECT_THAT(agent.scrape(), Contains(Pair(kOrders, 2)));
  writer.kill();
  EXPECT_THAT(agent.scrape(), Contains(Pair(kOrders, 2)));
  EXPECT_THAT(agent.directory.names(), IsEmpty());
}

TEST(LifeAndDeath, ASegmentThatBreaksARuleIsFoldedEarlyWithItsLastGoodValues) {
  Collected agent;
  WriterProcess bad(agent.directory.path(), "shop");
  WriterProcess good(agent.directory.path(), "shop");
  count_orders(bad, 10);
  count_orders(good, 1);
  EXPECT_THAT(agent.scrape(), Contains(Pair(kOrders, 11)));
  ASSERT_EQ(::truncate(bad.run("path").c_str(), layout::kPageBytes), 0);
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(agent.scrape(), Contains(Pair(kOrders, 11)));
  }
  good.run("add orders 1");
  EXPECT_THAT(agent.scrape(), Contains(Pair(kOrders, 12)));
  const aggregate::Statistics statistics = agent.collector->statistics();
  EXPECT_EQ(statistics.segments_quarantined, 1U);
  EXPECT_EQ(statistics.segments_quarantined_total.at("truncated"), 1U);
  bad.kill();
  agent.collector->rescan(agent.now);
  EXPECT_THAT(agent.scrape(), Contains(Pair(kOrders, 12)));
  EXPECT_EQ(agent.collector->statistics().segments_quarantined, 0U);
  EXPECT_THAT(agent.directory.names(), SizeIs(1));
}

TEST(LifeAndDeath, ADirectoryThatIsRemovedAndMadeAgainIsWatchedAgain) {
  Collected agent;
  WriterProcess old(agent.directory.path(), "shop");
  count_orders(old, 3);
  agent.scrape();
  const std::string aside = agent.directory.path() + "-aside";
  std::filesystem::rename(agent.directory.path(), aside);
  EXPECT_THAT(agent.scrape(), Contains(Pair(kOrders, 3)));
  EXPECT_FALSE(agent.collector->statistics().directories.at(0).present);
  std::filesystem::create_directory(agent.directory.path());
  WriterProcess young(agent.directory.path(), "shop");
  count_orders(young, 4);
  EXPECT_THAT(agent.scrape(), Contains(Pair(kOrders, 7)));
  EXPECT_TRUE(agent.collector->statistics().directories.at(0).present);
  old.run("add orders 1");
  old.kill();
  EXPECT_THAT(agent.scrape(), Contains(Pair(kOrders, 8)));
  EXPECT_TRUE(std::filesystem::is_empty(aside));
  std::filesystem::remove_all(aside);
}

TEST(LifeAndDeath, WithoutDescriptorsThereIsNoPageUntilThereAreSome) {
  Collected agent;
  WriterProcess a(agent.directory.path(), "shop");
  count_orders(a, 1);
  EXPECT_THAT(agent.scrape(), Contains(Pair(kOrders, 1)));
  WriterProcess b(agent.directory.path(), "shop");
  count_orders(b, 1);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = 3;  // Every descriptor above is open already; none can be added.
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto page = agent.collector->collect(agent.now);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_FALSE(page.ok());
  EXPECT_FALSE(agent.collector->ready());
  EXPECT_GE(agent.collector->statistics().own_failures_total, 1U);
  EXPECT_THAT(agent.scrape(), Contains(Pair(kOrders, 2)));
}

TEST(LifeAndDeath, AnAbandonedNewbornIsRemovedAtTheSecondRescanAndOnlyThat) {
  Collected agent;
  const std::string newborn = ".0123456789abcdef0123456789abcdef";
  agent.directory.write(newborn, "");
  agent.directory.write(".bashrc", "not ours");
  agent.collector->rescan(agent.now);
  EXPECT_THAT(agent.directory.names(), Contains(newborn));
  agent.collector->rescan(agent.now);
  EXPECT_THAT(agent.directory.names(), ::testing::ElementsAre(".bashrc"));
  EXPECT_EQ(agent.collector->statistics().newborns_removed_total, 1U);
}

}  // namespace
}  // namespace shmx::testing
