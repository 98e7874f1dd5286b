// The receiver against bytes assembled by field number, as the standard writes them and with no
// class that protoc made of our files: a number that is wrong there must show here.
#include "tests/agent/push/receiver/receiver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "tests/agent/push/receiver/wire.h"

namespace shmx::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr std::uint64_t kDelta = 1;
constexpr std::uint64_t kCumulative = 2;

std::string attribute(unsigned field, const std::string& key, const std::string& value) {
  return wire::bytes(field, wire::bytes(1, key) + wire::bytes(2, wire::bytes(1, value)));
}

std::string service(const std::string& name) {
  return wire::bytes(1, attribute(1, "service.name", name));
}

/// A request of one resource, one scope and these metrics.
std::string request(const std::string& metrics, const std::string& resource = service("shop")) {
  return wire::bytes(1, resource + wire::bytes(2, metrics));
}

std::string times(unsigned field, std::uint64_t start, std::uint64_t time) {
  return wire::fixed64(field, start) + wire::fixed64(field + 1, time);
}

/// A metric whose data is the message in `field`; fields 1 and 3 are its name and unit.
std::string metric(unsigned field, const std::string& data, const std::string& name = "orders") {
  return wire::bytes(2, wire::bytes(1, name) + wire::bytes(3, "s") + wire::bytes(field, data));
}

std::string int_point(std::uint64_t value, std::uint64_t start, std::uint64_t time,
                      const std::string& more = "") {
  return wire::bytes(1, times(2, start, time) + wire::fixed64(6, value) + more);
}

std::string sum(const std::string& points, std::uint64_t temporality = kCumulative) {
  return metric(7, points + wire::number(2, temporality) + wire::number(3, 1));
}

std::string exemplar(const std::string& trace_id, const std::string& span_id) {
  return wire::fixed64(2, 7) + wire::real(3, 0.5) + wire::bytes(4, span_id) +
         wire::bytes(5, trace_id);
}

std::string histogram_point(std::uint64_t count, std::initializer_list<std::uint64_t> buckets,
                            std::initializer_list<double> bounds, const std::string& more = "") {
  return wire::bytes(1, times(2, 10, 20) + wire::fixed64(4, count) + wire::real(5, 2.5) +
                            wire::packed_fixed64(6, buckets) + wire::packed_reals(7, bounds) +
                            attribute(9, "kind", "retail") + more);
}

std::string histogram(const std::string& points, std::uint64_t temporality = kCumulative) {
  return metric(9, points + wire::number(2, temporality));
}

std::string exponential(std::uint64_t count, std::int32_t scale, std::int32_t offset,
                        std::initializer_list<std::uint64_t> buckets, std::uint64_t start,
                        std::uint64_t time, std::uint64_t temporality = kCumulative) {
  const auto positive = wire::zigzag(1, offset) + wire::packed_varints(2, buckets);
  const auto point = attribute(1, "kind", "retail") + times(2, start, time) +
                     wire::fixed64(4, count) + wire::real(5, 2.5) + wire::zigzag(6, scale) +
                     wire::fixed64(7, 1) + wire::bytes(8, positive);
  return metric(10, wire::bytes(1, point) + wire::number(2, temporality));
}

class ReceptionOfBytes : public ::testing::Test {
 protected:
  Verdict take(const std::string& bytes, const Behaviour& behaviour = {}) {
    return reception_.take({}, bytes, behaviour);
  }
  /// The one stream that there is.
  Point only_point() {
    const auto streams = reception_.ledger().streams();
    EXPECT_EQ(streams.size(), 1U);
    return streams.empty() ? Point{} : streams.begin()->second;
  }

  Reception reception_{ReceptionOptions{}};
};

TEST_F(ReceptionOfBytes, ReadsASumWithItsStream) {
  const auto point = int_point(5, 10, 20, attribute(7, "kind", "retail"));
  EXPECT_EQ(take(request(sum(point))).kind, Verdict::Kind::accepted);
  const auto ledger = reception_.ledger();
  EXPECT_EQ(ledger.total("orders"), 5);
  const auto& [stream, kept] = *ledger.streams().begin();
  EXPECT_THAT(stream.resource, ElementsAre(Pair("service.name", "shop")));
  EXPECT_THAT(stream.attributes, ElementsAre(Pair("kind", "retail")));
  EXPECT_EQ(kept.temporality, Point::Temporality::cumulative);
  EXPECT_TRUE(kept.monotonic);
  EXPECT_EQ(kept.unit, "s");
  EXPECT_EQ(kept.start_ns, 10U);
  EXPECT_EQ(kept.time_ns, 20U);
  EXPECT_EQ(reception_.points(), 1U);
}

TEST_F(ReceptionOfBytes, ReadsAGauge) {
  take(request(metric(5, wire::bytes(1, wire::fixed64(3, 20) + wire::real(4, -1.5)))));
  EXPECT_EQ(reception_.ledger().total("orders"), -1.5);
  EXPECT_EQ(only_point().kind, Point::Kind::gauge);
}

TEST_F(ReceptionOfBytes, ReadsAHistogramWithExemplars) {
  const std::string trace(16, '\x1a');
  const std::string span(8, '\x2b');
  take(request(
      histogram(histogram_point(6, {1, 2, 3}, {0.5, 1}, wire::bytes(8, exemplar(trace, span))))));
  EXPECT_THAT(reception_.violations(), IsEmpty());
  const Point point = only_point();
  EXPECT_EQ(point.kind, Point::Kind::histogram);
  EXPECT_EQ(point.count, 6U);
  EXPECT_EQ(point.value, 2.5);
  EXPECT_THAT(point.bounds, ElementsAre(0.5, 1));
  EXPECT_THAT(point.buckets, ElementsAre(1, 2, 3));
  ASSERT_EQ(point.exemplars.size(), 1U);
  EXPECT_EQ(point.exemplars[0].trace_id, "1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a");
  EXPECT_EQ(point.exemplars[0].span_id, "2b2b2b2b2b2b2b2b");
  EXPECT_EQ(point.exemplars[0].value, 0.5);
  EXPECT_EQ(reception_.ledger().total("orders", {{"kind", "retail"}}), 6);
  EXPECT_FALSE(reception_.ledger().total("orders", {{"kind", "other"}}));
}

TEST_F(ReceptionOfBytes, ReadsAnExponentialHistogram) {
  take(request(exponential(6, -1, -3, {2, 0, 3}, 10, 20)));
  EXPECT_THAT(reception_.violations(), IsEmpty());
  const Point point = only_point();
  EXPECT_EQ(point.scale, -1);
  EXPECT_EQ(point.zero_count, 1U);
  EXPECT_THAT(point.positive, ElementsAre(Pair(-3, 2), Pair(-1, 3)));
}

TEST_F(ReceptionOfBytes, AddsTheIntervalsOfADeltaStream) {
  take(request(sum(int_point(5, 10, 20), kDelta)));
  take(request(sum(int_point(3, 20, 30), kDelta)));
  EXPECT_THAT(reception_.violations(), IsEmpty());
  EXPECT_THAT(reception_.ledger().gaps(), IsEmpty());
  EXPECT_EQ(reception_.ledger().total("orders"), 8);
  EXPECT_EQ(only_point().start_ns, 10U);
}

TEST_F(ReceptionOfBytes, AddsExponentialIntervalsAtTheLowerScale) {
  take(request(exponential(6, 1, -3, {2, 0, 3}, 10, 20, kDelta)));
  take(request(exponential(5, 0, -2, {4}, 20, 30, kDelta)));
  EXPECT_THAT(reception_.violations(), IsEmpty());
  EXPECT_EQ(only_point().scale, 0);
  EXPECT_EQ(only_point().count, 11U);
  EXPECT_THAT(only_point().positive, ElementsAre(Pair(-2, 6), Pair(-1, 3)));
}

TEST_F(ReceptionOfBytes, RecordsTheSameIntervalOnce) {
  take(request(sum(int_point(5, 10, 20), kDelta)));
  take(request(sum(int_point(5, 10, 20), kDelta)));
  EXPECT_THAT(reception_.violations(), IsEmpty());
  EXPECT_EQ(reception_.ledger().total("orders"), 5);
  EXPECT_EQ(reception_.ledger().repeats(), 1U);
}

TEST_F(ReceptionOfBytes, RemembersAGapBetweenIntervals) {
  take(request(sum(int_point(5, 10, 20), kDelta)));
  take(request(sum(int_point(5, 21, 30), kDelta)));
  EXPECT_THAT(reception_.ledger().gaps(), ElementsAre(HasSubstr("orders")));
}

TEST_F(ReceptionOfBytes, LeavesOutThePointsThatItRejects) {
  Behaviour behaviour;
  behaviour.rejected_points = 1;
  take(request(sum(int_point(5, 10, 20), kDelta)), behaviour);
  EXPECT_FALSE(reception_.ledger().total("orders"));
  take(request(sum(int_point(3, 20, 30), kDelta)));
  EXPECT_EQ(reception_.ledger().total("orders"), 3);
  EXPECT_THAT(reception_.ledger().gaps(), IsEmpty());
}

TEST_F(ReceptionOfBytes, RecordsNothingOfWhatItRefusesByScript) {
  Behaviour behaviour;
  behaviour.status = 503;
  take(request(sum(int_point(5, 10, 20))), behaviour);
  EXPECT_FALSE(reception_.ledger().total("orders"));
  EXPECT_THAT(reception_.violations(), IsEmpty());
}

TEST_F(ReceptionOfBytes, WithoutKeepingCountsPointsAlone) {
  Reception counting({.keep = false});
  counting.take({}, request(sum(int_point(5, 10, 20))), {});
  EXPECT_EQ(counting.points(), 1U);
  EXPECT_THAT(counting.ledger().streams(), IsEmpty());
}

TEST_F(ReceptionOfBytes, RefusesARequestBeyondItsLimit) {
  Reception small({.max_request_bytes = 10});
  EXPECT_EQ(small.take({}, request(sum(int_point(5, 10, 20))), {}).kind, Verdict::Kind::too_large);
  EXPECT_THAT(small.violations(), ElementsAre(HasSubstr("bytes")));
}

struct Fault {
  const char* name;
  std::string bytes;
  const char* sentence;
};

class FaultOf : public ::testing::TestWithParam<Fault> {};

TEST_P(FaultOf, ARequestIsFoundAndNothingOfItIsKept) {
  Reception reception(ReceptionOptions{});
  EXPECT_EQ(reception.take({}, GetParam().bytes, {}).kind, Verdict::Kind::bad);
  EXPECT_THAT(reception.violations(), Contains(HasSubstr(GetParam().sentence)));
  EXPECT_THAT(reception.ledger().streams(), IsEmpty());
}

std::vector<Fault> faults() {
  const auto with_exemplar = [](const std::string& trace, const std::string& span) {
    return request(histogram(histogram_point(1, {1}, {}, wire::bytes(8, exemplar(trace, span)))));
  };
  const std::string trace(16, 't');
  const std::string span(8, 's');
  return {
      {"undecodable", "\xff\xff", "no ExportMetricsServiceRequest"},
      {"no_service_name", request(sum(int_point(5, 10, 20)), ""), "no service.name"},
      {"empty_service_name", request(sum(int_point(5, 10, 20)), service("")), "no service.name"},
      {"no_scopes", wire::bytes(1, service("shop")), "no metrics"},
      {"empty_scope", request(""), "no metrics"},
      {"no_name", request(metric(5, int_point(5, 10, 20), "")), "without a name"},
      {"no_data", request(wire::bytes(2, wire::bytes(1, "orders"))), "no data"},
      {"no_points", request(sum("")), "no points"},
      {"unspecified_temporality", request(sum(int_point(5, 10, 20), 0)), "temporality"},
      {"unknown_temporality", request(sum(int_point(5, 10, 20), 3)), "temporality"},
      {"histogram_without_temporality", request(histogram(histogram_point(1, {1}, {}), 0)),
       "temporality"},
      {"exponential_without_temporality", request(exponential(1, 0, 0, {}, 10, 20, 0)),
       "temporality"},
      {"start_after_time", request(sum(int_point(5, 30, 20))), "starts after"},
      {"no_start", request(sum(int_point(5, 0, 20), 1)), "without a start"},
      {"no_time", request(metric(5, wire::bytes(1, wire::real(4, 1)))), "without a time"},
      {"no_value", request(metric(5, wire::bytes(1, wire::fixed64(3, 20)))), "without a value"},
      {"negative", request(sum(int_point(static_cast<std::uint64_t>(-5), 10, 20))), "negative"},
      {"key_twice",
       request(sum(int_point(5, 10, 20, attribute(7, "k", "a") + attribute(7, "k", "b")))),
       "twice"},
      {"stream_twice", request(sum(int_point(5, 10, 20) + int_point(5, 10, 20))),
       "twice in one request"},
      {"stream_twice_over_two_resources",
       request(sum(int_point(5, 10, 20))) + request(sum(int_point(5, 10, 20))),
       "twice in one request"},
      {"too_few_buckets", request(histogram(histogram_point(3, {1, 2}, {0.5, 1}))),
       "2 buckets for 2 bounds"},
      {"count_is_not_the_sum", request(histogram(histogram_point(7, {1, 2, 3}, {0.5, 1}))),
       "a count of 7"},
      {"unsorted_bounds", request(histogram(histogram_point(6, {1, 2, 3}, {1, 0.5}))),
       "do not ascend"},
      {"equal_bounds", request(histogram(histogram_point(6, {1, 2, 3}, {1, 1}))), "do not ascend"},
      {"infinite_bound",
       request(histogram(histogram_point(3, {1, 2}, {std::numeric_limits<double>::infinity()}))),
       "not finite"},
      {"exponential_count", request(exponential(7, 0, 0, {2, 3}, 10, 20)), "a count of 7"},
      {"scale", request(exponential(6, 21, 0, {2, 3}, 10, 20)), "a scale of 21"},
      {"short_trace_id", with_exemplar("short", span), "a trace id of 5 bytes"},
      {"long_span_id", with_exemplar(trace, trace), "a span id of 16 bytes"},
      {"trace_without_span", with_exemplar(trace, ""), "without a span id"},
  };
}

INSTANTIATE_TEST_SUITE_P(Each, FaultOf, ::testing::ValuesIn(faults()),
                         [](const auto& of) { return std::string(of.param.name); });

struct Contradiction {
  const char* name;
  std::string first;
  std::string second;
  const char* sentence;
};

class ContradictionOf : public ::testing::TestWithParam<Contradiction> {};

TEST_P(ContradictionOf, TwoRequestsIsFoundAndTheSecondIsNotKept) {
  Reception reception(ReceptionOptions{});
  EXPECT_EQ(reception.take({}, GetParam().first, {}).kind, Verdict::Kind::accepted);
  const auto before = reception.ledger().total("orders");
  EXPECT_EQ(reception.take({}, GetParam().second, {}).kind, Verdict::Kind::bad);
  EXPECT_THAT(reception.violations(), ElementsAre(HasSubstr(GetParam().sentence)));
  EXPECT_EQ(reception.ledger().total("orders"), before);
}

INSTANTIATE_TEST_SUITE_P(
    Each, ContradictionOf,
    ::testing::Values(
        Contradiction{"falls", request(sum(int_point(5, 10, 20))),
                      request(sum(int_point(4, 10, 30))), "falls"},
        Contradiction{"start_runs_back", request(sum(int_point(5, 10, 20))),
                      request(sum(int_point(9, 9, 30))), "its start runs back"},
        Contradiction{"time_runs_back", request(sum(int_point(5, 10, 20))),
                      request(sum(int_point(9, 10, 19))), "time runs back"},
        Contradiction{"exponential_bucket_falls", request(exponential(6, 0, 0, {2, 3}, 10, 20)),
                      request(exponential(7, 0, 0, {1, 5}, 10, 30)), "falls"},
        Contradiction{"overlap", request(sum(int_point(5, 10, 20), kDelta)),
                      request(sum(int_point(5, 19, 30), kDelta)), "overlap"},
        Contradiction{"other_temporality", request(exponential(6, 0, 0, {2, 3}, 10, 20)),
                      request(sum(int_point(5, 10, 30, attribute(7, "kind", "retail")))),
                      "changes its kind"}),
    [](const auto& of) { return std::string(of.param.name); });

TEST(Ledger, ARestartedStreamMayFall) {
  Reception reception(ReceptionOptions{});
  reception.take({}, request(sum(int_point(5, 10, 20))), {});
  reception.take({}, request(sum(int_point(1, 25, 30))), {});
  EXPECT_THAT(reception.violations(), IsEmpty());
  EXPECT_EQ(reception.ledger().total("orders"), 1);
}

}  // namespace
}  // namespace shmx::testing
