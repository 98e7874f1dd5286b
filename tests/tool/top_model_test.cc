// What two snapshots say of jobs and methods.
#include "agent/tool/top_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tool/top_feed.h"

namespace shmx::tool::top {
namespace {

using test::code;
using test::counter;
using test::gauge;
using test::histogram;
using test::kBegin;
using test::kSecond;
using test::kStart;
using test::method;
using test::snapshot;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;

constexpr auto kHandled = "grpc_server_handled_total";

/// What is shown of the one job of two snapshots that are two seconds apart.
Row job_after(std::vector<feed::Sample> before, std::vector<feed::Sample> now) {
  Model model;
  model.update(snapshot(0, std::move(before)));
  const Overview overview = model.update(snapshot(2, std::move(now)));
  EXPECT_THAT(overview.jobs, SizeIs(1));
  return overview.jobs.empty() ? Row() : overview.jobs.front();
}

TEST(Model, TheFirstSnapshotHasNoRates) {
  Model model;
  const Overview overview = model.update(snapshot(
      0, {counter(kHandled, "orders", code("Place", "OK"), 7),
          histogram("grpc_server_handling_seconds", "orders", method("Place"), {1}, {7, 0}),
          gauge("grpc_server_in_flight", "orders", method("Place"), 3)}));
  EXPECT_FALSE(overview.has_rates);
  EXPECT_FALSE(overview.rate);
  ASSERT_THAT(overview.jobs, SizeIs(1));
  const Calls& server = overview.jobs[0].server;
  EXPECT_FALSE(server.rate || server.error_ratio || server.p50 || server.p99);
  EXPECT_THAT(server.in_flight, Optional(3.0));
}

TEST(Model, RatesAreDifferencesOverTheTimeBetween) {
  const Row row = job_after({counter(kHandled, "orders", code("Place", "OK"), 10)},
                            {counter(kHandled, "orders", code("Place", "OK"), 15)});
  EXPECT_THAT(row.server.rate, Optional(2.5));
  EXPECT_FALSE(row.client.rate);
}

TEST(Model, AddsUpMethodsAndCodes) {
  const Row row = job_after({counter(kHandled, "orders", code("Place", "OK"), 10),
                             counter(kHandled, "orders", code("Place", "NotFound"), 1),
                             counter(kHandled, "orders", code("Show", "OK"), 0)},
                            {counter(kHandled, "orders", code("Place", "OK"), 14),
                             counter(kHandled, "orders", code("Place", "NotFound"), 3),
                             counter(kHandled, "orders", code("Show", "OK"), 2)});
  EXPECT_THAT(row.server.rate, Optional(4.0));
  EXPECT_THAT(row.server.error_ratio, Optional(0.25));
}

TEST(Model, MethodsHaveRowsOfTheirOwn) {
  Model model;
  model.update(snapshot(0, {}));
  const Overview overview =
      model.update(snapshot(1, {counter(kHandled, "orders", code("Place", "OK"), 4),
                                counter(kHandled, "orders", code("Show", "Internal"), 2),
                                gauge("shm_exporter_job_processes", "orders", {}, 3)}));
  ASSERT_THAT(overview.methods, SizeIs(2));
  EXPECT_EQ(overview.methods[0].method, "shop.Orders/Place");
  EXPECT_THAT(overview.methods[0].server.rate, Optional(4.0));
  EXPECT_THAT(overview.methods[0].server.error_ratio, Optional(0.0));
  EXPECT_FALSE(overview.methods[0].processes);
  EXPECT_EQ(overview.methods[1].method, "shop.Orders/Show");
  EXPECT_THAT(overview.methods[1].server.error_ratio, Optional(1.0));
  ASSERT_THAT(overview.jobs, SizeIs(1));
  EXPECT_THAT(overview.jobs[0].processes, Optional(3.0));
}

TEST(Model, NoCallsAreARateOfZeroAndNoErrorRatio) {
  const auto samples = {counter(kHandled, "orders", code("Place", "Internal"), 10)};
  const Row row = job_after(samples, samples);
  EXPECT_THAT(row.server.rate, Optional(0.0));
  EXPECT_FALSE(row.server.error_ratio);
}

TEST(Model, BegunCallsCountWhereEndsAreNotCounted) {
  const Row row =
      job_after({}, {counter("grpc_server_started_total", "orders", method("Place"), 6)});
  EXPECT_THAT(row.server.rate, Optional(3.0));
}

TEST(Model, EndsCountWhereBothAreCounted) {
  const Row row = job_after({}, {counter("grpc_server_started_total", "orders", method("Place"), 6),
                                 counter(kHandled, "orders", code("Place", "OK"), 4)});
  EXPECT_THAT(row.server.rate, Optional(2.0));
}

TEST(Model, ASeriesThatIsNewCountsFromZero) {
  const Row row = job_after({}, {counter(kHandled, "orders", code("Place", "OK"), 8)});
  EXPECT_THAT(row.server.rate, Optional(4.0));
}

TEST(Model, ACounterThatFellCountsFromZero) {
  const Row row = job_after({counter(kHandled, "orders", code("Place", "OK"), 100)},
                            {counter(kHandled, "orders", code("Place", "OK"), 6)});
  EXPECT_THAT(row.server.rate, Optional(3.0));
}

TEST(Model, ACounterThatBeganAnewCountsFromZeroThoughItIsHigher) {
  const Row row =
      job_after({counter(kHandled, "orders", code("Place", "OK"), 4)},
                {counter(kHandled, "orders", code("Place", "OK"), 6, kBegin + kSecond)});
  EXPECT_THAT(row.server.rate, Optional(3.0));
}

TEST(Model, AStartThatMovesBackIsNoRestart) {
  const Row row =
      job_after({counter(kHandled, "orders", code("Place", "OK"), 4)},
                {counter(kHandled, "orders", code("Place", "OK"), 6, kStart - kSecond)});
  EXPECT_THAT(row.server.rate, Optional(1.0));
}

TEST(Model, LatenciesAreThoseBetweenTheSnapshots) {
  const auto taken = [](std::vector<std::uint64_t> counts) {
    return histogram("grpc_server_handling_seconds", "orders", method("Place"), {0.1, 0.2},
                     std::move(counts));
  };
  const Row row = job_after({taken({1000, 0, 0})}, {taken({1000, 10, 0})});
  ASSERT_TRUE(row.server.p50 && row.server.p99);
  EXPECT_DOUBLE_EQ(row.server.p50->seconds, 0.15);
  EXPECT_DOUBLE_EQ(row.server.p99->seconds, 0.199);
}

TEST(Model, AHistogramThatBeganAnewCountsFromZero) {
  const auto taken = [](std::vector<std::uint64_t> counts) {
    return histogram("grpc_server_handling_seconds", "orders", method("Place"), {0.1, 0.2},
                     std::move(counts));
  };
  const Row row = job_after({taken({0, 50, 0})}, {taken({2, 0, 0})});
  ASSERT_TRUE(row.server.p50);
  EXPECT_DOUBLE_EQ(row.server.p50->seconds, 0.05);
}

TEST(Model, KnowsTheFamiliesOfPythonLegacy) {
  const auto legacy = [](const std::string& code) { return method("Place", {{"code", code}}); };
  const Row row = job_after(
      {},
      {counter(kHandled, "orders", legacy("OK"), 6),
       counter(kHandled, "orders", legacy("NOT_FOUND"), 2),
       histogram("grpc_server_handled_latency_seconds", "orders", method("Place"), {1}, {8, 0}),
       counter("grpc_client_completed_total", "orders", legacy("OK"), 2),
       counter("grpc_client_completed_total", "orders", legacy("UNAVAILABLE"), 2),
       histogram("grpc_client_completed_latency_seconds", "orders", method("Place"), {2}, {4, 0})});
  EXPECT_THAT(row.server.rate, Optional(4.0));
  EXPECT_THAT(row.server.error_ratio, Optional(0.25));
  EXPECT_THAT(row.client.rate, Optional(2.0));
  EXPECT_THAT(row.client.error_ratio, Optional(0.5));
  ASSERT_TRUE(row.server.p50 && row.client.p50);
  EXPECT_DOUBLE_EQ(row.server.p50->seconds, 0.5);
  EXPECT_DOUBLE_EQ(row.client.p50->seconds, 1);
}

TEST(Model, JavasTwoCodesAreOne) {
  const auto both = [](const std::string& code) {
    return method("Place", {{"code", code}, {"grpc_code", code}});
  };
  const Row row = job_after({}, {counter(kHandled, "orders", both("OK"), 3),
                                 counter(kHandled, "orders", both("INTERNAL"), 1)});
  EXPECT_THAT(row.server.error_ratio, Optional(0.25));
}

TEST(Model, AnOverflowSeriesCountsButSaysNothingOfErrors) {
  const Row row = job_after({}, {counter(kHandled, "orders", {{"otel_metric_overflow", "true"}}, 6),
                                 counter(kHandled, "orders", code("Place", "OK"), 2),
                                 counter(kHandled, "orders", code("Place", "Internal"), 2)});
  EXPECT_THAT(row.server.rate, Optional(5.0));
  EXPECT_THAT(row.server.error_ratio, Optional(0.5));
}

TEST(Model, JobsOfAnotherUserAreAnotherJob) {
  Model model;
  model.update(snapshot(0, {}));
  const Overview overview = model.update(snapshot(
      1, {counter(kHandled, "orders", code("Place", "OK"), 1),
          counter(kHandled, "orders", method("Place", {{"grpc_code", "OK"}, {"uid", "1001"}}), 2),
          gauge("shm_exporter_job_processes", "orders", {{"uid", "1001"}}, 5)}));
  ASSERT_THAT(overview.jobs, SizeIs(2));
  EXPECT_EQ(overview.jobs[1].job, "orders (uid 1001)");
  EXPECT_THAT(overview.jobs[1].server.rate, Optional(2.0));
  EXPECT_THAT(overview.jobs[1].processes, Optional(5.0));
}

TEST(Model, SumsUpTheHost) {
  Model model;
  model.update(snapshot(0, {}));
  feed::Snapshot second =
      snapshot(2, {gauge("shm_exporter_build_info", "shm_exporter", {{"version", "1.2.3"}}, 1),
                   gauge("shm_exporter_segments", "shm_exporter", {{"state", "live"}}, 4),
                   gauge("shm_exporter_segments", "shm_exporter", {{"state", "refused"}}, 9),
                   gauge("shm_exporter_job_processes", "idle", {}, 1),
                   gauge("shm_exporter_job_processes", "orders", {}, 2),
                   counter(kHandled, "orders", code("Place", "OK"), 4),
                   counter(kHandled, "stock", code("Count", "OK"), 2)});
  second.skipped = 3;
  const Overview overview = model.update(std::move(second));
  EXPECT_TRUE(overview.has_rates);
  EXPECT_EQ(overview.unix_ns, kBegin + 2 * kSecond);
  EXPECT_EQ(overview.version, "1.2.3");
  EXPECT_EQ(overview.segments, 4);
  EXPECT_EQ(overview.processes, 3);
  EXPECT_EQ(overview.skipped, 3U);
  EXPECT_THAT(overview.rate, Optional(3.0));
  EXPECT_THAT(overview.jobs, ElementsAre(Field(&Row::job, "idle"), Field(&Row::job, "orders"),
                                         Field(&Row::job, "stock")));
}

TEST(Model, AClockThatWasSetBackGivesNoRates) {
  Model model;
  model.update(snapshot(5, {counter(kHandled, "orders", code("Place", "OK"), 1)}));
  const Overview overview =
      model.update(snapshot(4, {counter(kHandled, "orders", code("Place", "OK"), 2)}));
  EXPECT_FALSE(overview.has_rates);
  ASSERT_THAT(overview.jobs, SizeIs(1));
  EXPECT_FALSE(overview.jobs[0].server.rate);
}

TEST(Model, WhatItDoesNotReadIsNoRow) {
  Model model;
  const Overview overview =
      model.update(snapshot(0, {counter("orders_total", "orders", {}, 1),
                                counter("grpc_server_msg_sent_total", "orders", {}, 1)}));
  EXPECT_THAT(overview.jobs, IsEmpty());
  EXPECT_THAT(overview.methods, IsEmpty());
}

TEST(MetricsRead, AreThoseThatRowsAreMadeOf) {
  EXPECT_THAT(metrics_read(), Contains("grpc_server_handled_total"));
  EXPECT_THAT(metrics_read(), Contains("grpc_client_completed_total"));
  EXPECT_THAT(metrics_read(), Contains("shm_exporter_job_processes"));
}

}  // namespace
}  // namespace shmx::tool::top
