// RPCs added up over methods, from the families of every mode.
#include "agent/status/rpcs.h"

#include <gmock/gmock.h>

#include <cmath>

#include "agent/model/page.h"
#include "tests/agent/status/epochs.h"

namespace shmx::status {
namespace {

using testing::counter;
using ::testing::ElementsAre;
using testing::epoch;
using testing::family;
using testing::named;
using ::testing::Pair;
using testing::seconds;
using ::testing::UnorderedElementsAre;

std::map<JobKey, Sides> read(std::vector<model::Family> families) {
  const model::Page page(epoch(std::move(families)), model::Scope{});
  return rpcs_of(page.families());
}

Labels call(const std::string& method, const std::string& code, const std::string& job = "shop") {
  return {{"grpc_code", code},
          {"grpc_method", method},
          {"grpc_service", "x.Y"},
          {"grpc_type", "unary"},
          {"job", job}};
}

TEST(Rpcs, AreAddedUpByCodeAndByMethod) {
  const auto all =
      read({family(named("grpc_server_handled_total"), {{call("A", "OK"), counter(5)},
                                                        {call("A", "NotFound"), counter(2)},
                                                        {call("B", "OK"), counter(9)}}),
            family(named("grpc_server_started_total"),
                   {{call("A", ""), counter(8)}, {call("B", ""), counter(9)}})});
  ASSERT_EQ(all.size(), 1U);
  const Rpcs& server = *all.at({"", "shop", ""}).server;
  EXPECT_THAT(server.handled, UnorderedElementsAre(Pair("OK", 14), Pair("NotFound", 2)));
  EXPECT_EQ(server.started, model::Ticks{17});
  ASSERT_EQ(server.methods.size(), 2U);
  EXPECT_EQ(server.methods[0].method, "x.Y/B");
  EXPECT_EQ(server.methods[1].handled, 7);
  EXPECT_EQ(server.methods[1].errors, 2);
  EXPECT_FALSE(all.at({"", "shop", ""}).client);
}

TEST(Rpcs, OfJobsTenantsUsersAndSidesAreKeptApart) {
  Labels other = call("A", "OK");
  other.push_back({"uid", "1001"});
  Labels tenant = call("A", "OK");
  tenant.push_back({"tenant", "bank"});
  const auto all =
      read({family(named("grpc_server_handled_total"), {{call("A", "OK"), counter(1)},
                                                        {other, counter(2)},
                                                        {call("A", "OK", "bank"), counter(3)},
                                                        {tenant, counter(4)}}),
            family(named("grpc_client_handled_total"), {{call("A", "OK"), counter(5)}})});
  EXPECT_EQ(all.size(), 4U);
  EXPECT_EQ(all.at({"", "shop", ""}).server->handled.at("OK"), 1);
  EXPECT_EQ(all.at({"", "shop", "1001"}).server->handled.at("OK"), 2);
  EXPECT_EQ(all.at({"", "bank", ""}).server->handled.at("OK"), 3);
  EXPECT_EQ(all.at({"bank", "shop", ""}).server->handled.at("OK"), 4);
  EXPECT_EQ(all.at({"", "shop", ""}).client->handled.at("OK"), 5);
}

TEST(Rpcs, OfEveryModeAreRead) {
  for (const char* const name : {"grpc_client_handled_total", "grpc_client_completed_total"}) {
    const auto all = read({family(named(name), {{{{"code", "OK"}, {"job", "shop"}}, counter(7)}})});
    EXPECT_EQ(all.at({"", "shop", ""}).client->handled.at("OK"), 7) << name;
  }
  for (const char* const name :
       {"grpc_client_handling_seconds", "grpc_client_completed_latency_seconds"}) {
    const auto all = read({family(
        seconds(name, {1}), {{{{"job", "shop"}}, model::HistogramValue{{3, 1}, 1'500'000'000}}})});
    EXPECT_THAT(all.at({"", "shop", ""}).client->latency->count, ElementsAre(3, 4)) << name;
  }
}

TEST(Rpcs, BeyondTheLimitOfSeriesAreNoErrors) {
  const auto all =
      read({family(named("grpc_server_handled_total"),
                   {{{{"job", "shop"}, {"otel_metric_overflow", "true"}}, counter(4)}})});
  const Rpcs& server = *all.at({"", "shop", ""}).server;
  EXPECT_EQ(server.handled.at(""), 4);
  EXPECT_EQ(server.methods[0].errors, 0);
  EXPECT_EQ(server.methods[0].method, "");
}

TEST(Rpcs, TheMostUsedMethodsAreListed) {
  std::vector<std::pair<Labels, testing::Value>> points;
  for (std::size_t i = 0; i < kMaxMethods + 5; ++i) {
    points.emplace_back(call("M" + std::to_string(i), "OK"), counter(static_cast<int>(i)));
  }
  const auto all = read({family(named("grpc_server_handled_total"), std::move(points))});
  const auto& methods = all.at({"", "shop", ""}).server->methods;
  ASSERT_EQ(methods.size(), kMaxMethods);
  EXPECT_EQ(methods.front().method, "x.Y/M" + std::to_string(kMaxMethods + 4));
}

TEST(Latency, IsCumulativeOverMethodsAsOnAPage) {
  const auto all =
      read({family(seconds("grpc_server_handling_seconds", {0.1, 1}),
                   {{call("A", ""), model::HistogramValue{{1, 2, 3}, 4'000'000'000}},
                    {call("B", ""), model::HistogramValue{{10, 0, 0}, 500'000'000}}})});
  const Latency& latency = *all.at({"", "shop", ""}).server->latency;
  EXPECT_THAT(latency.le, ElementsAre(0.1, 1));
  EXPECT_THAT(latency.count, ElementsAre(11, 13, 16));
  EXPECT_DOUBLE_EQ(latency.sum_seconds, 4.5);
}

TEST(Latency, OfExponentialBucketsIsExactAtTheBoundsThatAreShown) {
  model::FamilyInfo info = seconds("grpc_server_handling_seconds", {});
  info.native = NativeBuckets{3, -160, 320, false};
  model::HistogramValue value;
  value.native.assign(info.native->cells(), 1);
  const model::Ticks observed = value.observations();
  const auto all = read({family(info, {{call("A", ""), value}})});
  const Latency& latency = *all.at({"", "shop", ""}).server->latency;
  EXPECT_LE(latency.le.size(), 70U) << "as many as one can look at";
  EXPECT_EQ(latency.count.back(), observed);
  for (std::size_t i = 1; i < latency.le.size(); ++i) {
    // One observation in each bucket: the index of a bound says how many there are below it.
    const double index = std::round(std::log2(latency.le[i]) * 8);
    EXPECT_EQ(static_cast<double>(latency.count[i]), index + 160 + 2) << latency.le[i];
  }
}

TEST(Latency, WithoutObservationsIsNone) {
  const auto all = read({family(seconds("grpc_server_handling_seconds", {1}),
                                {{call("A", ""), model::HistogramValue{{0, 0}, 0}}})});
  EXPECT_FALSE(all.at({"", "shop", ""}).server->latency);
}

}  // namespace
}  // namespace shmx::status
