// What a scrape shows of live processes: sums per job, gauges by mode, series per process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/main/collector/collected.h"

namespace shmx::testing {
namespace {

using ::testing::Contains;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

TEST(Sums, ProcessesOfAJobAreOneSeriesAndJobsAreApart) {
  Collected agent;
  WriterProcess a(agent.directory.path(), "shop");
  WriterProcess b(agent.directory.path(), "shop");
  WriterProcess c(agent.directory.path(), "bank");
  for (WriterProcess* writer : {&a, &b, &c}) {
    writer->run("counter orders orders_total kind=retail");
    writer->run("add orders 5");
  }
  b.run("add orders 2");
  const PageValues page = agent.scrape();
  EXPECT_THAT(page, Contains(Pair("orders_total{job=\"shop\",kind=\"retail\"}", 12)));
  EXPECT_THAT(page, Contains(Pair("orders_total{job=\"bank\",kind=\"retail\"}", 5)));
  EXPECT_THAT(page, Contains(Pair("shm_exporter_job_processes{job=\"shop\"}", 2)));
  EXPECT_THAT(page, Contains(Pair("shm_exporter_job_processes_started_total{job=\"shop\"}", 2)));
  EXPECT_THAT(page, Contains(Pair("shm_exporter_job_processes_ended_total{job=\"shop\"}", 0)));
}

TEST(Sums, CountsSinceTheLastScrapeShow) {
  Collected agent;
  WriterProcess writer(agent.directory.path(), "shop");
  writer.run("counter orders orders_total");
  writer.run("add orders 1");
  EXPECT_THAT(agent.scrape(), Contains(Pair("orders_total{job=\"shop\"}", 1)));
  writer.run("add orders 41");
  writer.run("counter refunds refunds_total");
  writer.run("add refunds 7");
  const PageValues page = agent.scrape();
  EXPECT_THAT(page, Contains(Pair("orders_total{job=\"shop\"}", 42)));
  EXPECT_THAT(page, Contains(Pair("refunds_total{job=\"shop\"}", 7)));
}

TEST(Sums, HistogramsAddBucketsAndSums) {
  Collected agent;
  WriterProcess a(agent.directory.path(), "shop");
  WriterProcess b(agent.directory.path(), "shop");
  for (WriterProcess* writer : {&a, &b}) {
    writer->run("histogram h wait_seconds bounds=0.1,1 unit=seconds");
    writer->run("observe h 0.05");
    writer->run("observe h 0.5");
  }
  b.run("observe h 5");
  const PageValues page = agent.scrape();
  EXPECT_THAT(page, Contains(Pair("wait_seconds_bucket{job=\"shop\",le=\"0.1\"}", 2)));
  EXPECT_THAT(page, Contains(Pair("wait_seconds_bucket{job=\"shop\",le=\"1\"}", 4)));
  EXPECT_THAT(page, Contains(Pair("wait_seconds_bucket{job=\"shop\",le=\"+Inf\"}", 5)));
  EXPECT_THAT(page, Contains(Pair("wait_seconds_count{job=\"shop\"}", 5)));
  EXPECT_THAT(page, Contains(Pair("wait_seconds_sum{job=\"shop\"}", 6.1)));
}

TEST(Sums, AHistogramThatAdmitsNegativeValuesHasASumBelowZero) {
  Collected agent;
  WriterProcess writer(agent.directory.path(), "shop");
  writer.run("histogram h drift bounds=-1,0,1 negative=1");
  writer.run("observe h -2.5");
  const PageValues page = agent.scrape();
  EXPECT_THAT(page, Contains(Pair("drift_sum{job=\"shop\"}", -2.5)));
  EXPECT_THAT(page, Contains(Pair("drift_bucket{job=\"shop\",le=\"-1\"}", 1)));
}

TEST(Sums, GaugesFollowTheirMode) {
  Collected agent;
  WriterProcess a(agent.directory.path(), "shop");
  WriterProcess b(agent.directory.path(), "shop");
  for (WriterProcess* writer : {&a, &b}) {
    for (const auto* const declaration :
         {"sum g_sum mode=sum", "min g_min mode=min", "max g_max mode=max",
          "mostrecent g_mostrecent mode=mostrecent", "all g_all mode=all"}) {
      writer->run(std::string("gauge ") + declaration);
    }
    writer->run("in_flight f flights");
  }
  for (const auto* const handle : {"sum", "min", "max", "mostrecent", "all"}) {
    b.run(std::string("set ").append(handle).append(" 7"));
    a.run(std::string("set ").append(handle).append(" 3"));
  }
  a.run("add f 5");
  b.run("add f -2");
  const PageValues page = agent.scrape();
  EXPECT_THAT(page, Contains(Pair("g_sum{job=\"shop\"}", 10)));
  EXPECT_THAT(page, Contains(Pair("g_min{job=\"shop\"}", 3)));
  EXPECT_THAT(page, Contains(Pair("g_max{job=\"shop\"}", 7)));
  EXPECT_THAT(page, Contains(Pair("g_mostrecent{job=\"shop\"}", 3)));
  EXPECT_THAT(page, Contains(Pair("g_all{job=\"shop\",pid=\"" + a.run("pid") + "\"}", 3)));
  EXPECT_THAT(page, Contains(Pair("g_all{job=\"shop\",pid=\"" + b.run("pid") + "\"}", 7)));
  EXPECT_THAT(page, Contains(Pair("flights{job=\"shop\"}", 3)));
}

TEST(Sums, InFlightIsNeverShownBelowZero) {
  Collected agent;
  WriterProcess writer(agent.directory.path(), "shop");
  writer.run("in_flight f flights");
  writer.run("add f -2");
  EXPECT_THAT(agent.scrape(), Contains(Pair("flights{job=\"shop\"}", 0)));
}

TEST(Sums, APerProcessJobHasItsPidsApart) {
  Collected agent({"shop"});
  WriterProcess a(agent.directory.path(), "shop");
  WriterProcess b(agent.directory.path(), "shop");
  a.run("counter orders orders_total kind=x");
  a.run("add orders 1");
  b.run("counter orders orders_total kind=x");
  b.run("add orders 2");
  const std::string a_series = "orders_total{job=\"shop\",kind=\"x\",pid=\"" + a.run("pid") + "\"}";
  const std::string b_series = "orders_total{job=\"shop\",kind=\"x\",pid=\"" + b.run("pid") + "\"}";
  EXPECT_THAT(agent.scrape(), Contains(Pair(a_series, 1)));
  EXPECT_THAT(agent.scrape(), Contains(Pair(b_series, 2)));
  a.kill();
  EXPECT_THAT(agent.scrape(), Contains(Pair(a_series, 1)));  // For the last scrape.
  agent.now.boot += std::chrono::minutes(5);
  agent.collector->rescan(agent.now);
  const PageValues page = agent.scrape();
  EXPECT_THAT(page, Not(Contains(Key(a_series))));
  EXPECT_THAT(page, Contains(Pair(b_series, 2)));
}

TEST(Sums, AnOverflowSeriesIsHiddenUntilSomethingIsInIt) {
  Collected agent;
  WriterProcess writer(agent.directory.path(), "shop", 1);
  writer.run("counter a requests_total path=a");
  writer.run("add a 1");
  const std::string overflow = "requests_total{job=\"shop\",otel_metric_overflow=\"true\"}";
  EXPECT_THAT(agent.scrape(), Not(Contains(Key(overflow))));
  writer.run("counter b requests_total path=b");
  writer.run("add b 4");
  const PageValues page = agent.scrape();
  EXPECT_THAT(page, Contains(Pair(overflow, 4)));
  EXPECT_THAT(page, Contains(Pair("requests_total{job=\"shop\",path=\"a\"}", 1)));
  EXPECT_EQ(agent.collector->statistics()
                .losses_total[static_cast<std::size_t>(layout::Loss::overflow_series)],
            1U);
}

TEST(Sums, ALabelWithoutAValueIsTheSameSeriesAsNoLabel) {
  Collected agent;
  WriterProcess a(agent.directory.path(), "shop");
  WriterProcess b(agent.directory.path(), "shop");
  a.run("counter x x_total tenant_name=");
  a.run("add x 1");
  agent.scrape();
  b.run("counter x x_total");
  b.run("add x 2");
  EXPECT_THAT(agent.scrape(), Contains(Pair("x_total{job=\"shop\",tenant_name=\"\"}", 3)));
}

}  // namespace
}  // namespace shmx::testing
