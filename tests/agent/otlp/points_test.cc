// Single points whose encoding is a decision: kinds of buckets, overflow, saturation, times,
// exemplars, and resources.
#include "agent/otlp/point_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "tests/agent/otlp/decoded.h"
#include "tests/agent/render/models.h"

namespace shmx::otlp {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint64_t kMaxUint64 = std::numeric_limits<std::uint64_t>::max();

proto::ResourceMetrics resource_of(const model::FamilyInfo& info, model::Point point,
                                   const Options& options = {}, const Choice& choice = {}) {
  const model::Family family{std::make_shared<model::FamilyInfo>(info), {std::move(point)}};
  const std::vector<const model::Family*> families = {&family};
  return request(options, families, choice).resource_metrics(0);
}

proto::Metric metric_of(const model::FamilyInfo& info, render::Value value,
                        const Options& options = {}) {
  return resource_of(info, render::point({}, std::move(value)), options)
      .scope_metrics(0)
      .metrics(0);
}

model::FamilyInfo histogram_info(std::vector<double> bounds, std::optional<NativeBuckets> native) {
  return {"h", "", "", model::Type::histogram, 1, std::move(bounds), native};
}

TEST(Points, OptionsChooseAmongBothKindsOfBuckets) {
  const model::FamilyInfo info = histogram_info({1}, NativeBuckets{0, 1, 2, false});
  const model::HistogramValue value{{3, 4}, 5, {3, 4, 0, 0}};
  EXPECT_TRUE(metric_of(info, value).has_histogram());
  Options options;
  options.histograms = Histograms::exponential;
  EXPECT_TRUE(metric_of(info, value, options).has_exponential_histogram());
}

TEST(Points, OverflowIsInTheBucketThatFollowsTheRange) {
  // Buckets 1 and 2 of schema 0: (1, 2] and (2, 4].
  const model::FamilyInfo info = histogram_info({}, NativeBuckets{0, 1, 2, true});
  const proto::Metric metric = metric_of(info, model::HistogramValue{{}, 5, {9, 1, 0, 7, 0, 0, 8}});
  const auto& point = metric.exponential_histogram().data_points(0);
  EXPECT_EQ(point.positive().offset(), 0);
  EXPECT_THAT(point.positive().bucket_counts(), ElementsAre(1, 0, 7));
  EXPECT_EQ(point.negative().offset(), 2);
  EXPECT_THAT(point.negative().bucket_counts(), ElementsAre(8));
  EXPECT_EQ(point.zero_count(), 9U);
  EXPECT_EQ(point.zero_threshold(), 1);
  EXPECT_EQ(point.count(), 25U);
}

TEST(Points, CountsSaturate) {
  const model::Ticks huge = model::Ticks{1} << 70;
  const proto::Metric metric =
      metric_of(histogram_info({1}, {}), model::HistogramValue{{huge, 1}, 1});
  const auto& point = metric.histogram().data_points(0);
  EXPECT_THAT(point.bucket_counts(), ElementsAre(kMaxUint64, 1));
  EXPECT_EQ(point.count(), kMaxUint64);
}

TEST(Points, ACounterIsAnIntegerAsLongAsItIsOne) {
  const auto sum = [](model::Ticks ticks, std::uint64_t ticks_per_unit) {
    const model::FamilyInfo info{"c_total", "", "", model::Type::counter, ticks_per_unit, {}};
    return metric_of(info, model::CounterValue{ticks}).sum().data_points(0);
  };
  constexpr auto kMaxInt64 = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(sum(kMaxInt64, 1).as_int(), kMaxInt64);
  EXPECT_TRUE(sum(kMaxInt64, 1).has_as_int());
  EXPECT_EQ(sum(model::Ticks{kMaxInt64} + 1, 1).as_double(), 0x1p63);
  EXPECT_EQ(sum(2500, 1000).as_double(), 2.5);
  EXPECT_TRUE(sum(0, 1).has_as_int()) << "0 is a value";
}

TEST(Points, ASumIsGivenWhateverItIs) {
  const model::FamilyInfo info = histogram_info({-1, 1}, {});
  const proto::Metric zero = metric_of(info, model::HistogramValue{{0, 0, 0}, 0});
  EXPECT_TRUE(zero.histogram().data_points(0).has_sum());
  const proto::Metric negative = metric_of(info, model::HistogramValue{{1, 0, 0}, -7});
  EXPECT_EQ(negative.histogram().data_points(0).sum(), -7);
}

TEST(Points, UntypedHistogramsAreHistogramsAndUntypedCountersGauges) {
  model::FamilyInfo info = histogram_info({1}, {});
  info.type = model::Type::untyped;
  EXPECT_TRUE(metric_of(info, model::HistogramValue{{1, 2}, 3}).has_histogram());
  const proto::Metric counter = metric_of(info, model::CounterValue{4});
  EXPECT_EQ(counter.gauge().data_points(0).as_double(), 4);
}

TEST(Points, AHistogramWithoutItsBucketsKeepsCountAndSum) {
  const proto::Metric metric =
      metric_of(histogram_info({1, 2, 3}, {}), model::HistogramValue{{1, 2}, 3});
  const auto& point = metric.histogram().data_points(0);
  EXPECT_THAT(point.bucket_counts(), IsEmpty());
  EXPECT_EQ(point.count(), 3U);
  EXPECT_EQ(point.sum(), 3);
}

TEST(Points, NoneBeginsAfterItsEnd) {
  const model::FamilyInfo info{"c_total", "", "", model::Type::counter, 1, {}};
  model::Point point = render::point({}, model::CounterValue{1});
  const auto times = [&](std::int64_t start, std::int64_t now) {
    point.created_unix_ns = start;
    const proto::ResourceMetrics resource = resource_of(info, point, {}, {.unix_ns = now});
    const auto& made = resource.scope_metrics(0).metrics(0).sum().data_points(0);
    return std::pair(made.start_time_unix_nano(), made.time_unix_nano());
  };
  EXPECT_EQ(times(10, 20), std::pair(10UL, 20UL));
  EXPECT_EQ(times(30, 20), std::pair(30UL, 30UL));
  EXPECT_EQ(times(0, 20), std::pair(0UL, 20UL));
}

TEST(Points, WhatIsNoIdOfATraceIsAnAttribute) {
  const model::FamilyInfo info{"c_total", "", "", model::Type::counter, 1, {}};
  model::Point point = render::point({}, model::CounterValue{1});
  const auto exemplar = [&](const std::string& span, const std::string& trace) {
    point.exemplars = {{{{"span_id", span}, {"trace_id", trace}}, 1, 0}};
    return resource_of(info, point).scope_metrics(0).metrics(0).sum().data_points(0).exemplars(0);
  };
  const auto good = exemplar("0123456789ABCDef", "00112233445566778899aabbccddeeff");
  EXPECT_EQ(good.span_id(), "\x01\x23\x45\x67\x89\xab\xcd\xef");
  EXPECT_EQ(good.trace_id().size(), 16U);
  EXPECT_EQ(good.trace_id().substr(1),
            "\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff");
  EXPECT_THAT(good.filtered_attributes(), IsEmpty());
  EXPECT_EQ(good.time_unix_nano(), 0U) << "unknown";

  const auto bad = exemplar("0123456789abcdeg", std::string(31, 'a'));
  EXPECT_EQ(bad.span_id() + bad.trace_id(), "");
  EXPECT_THAT(
      labels_of(bad.filtered_attributes()),
      ElementsAre(Label{"span_id", "0123456789abcdeg"}, Label{"trace_id", std::string(31, 'a')}));
}

Labels resource_labels(Labels labels, const Options& options, Labels& attributes) {
  const model::FamilyInfo info{"g", "", "", model::Type::gauge, 1, {}};
  const proto::ResourceMetrics resource =
      resource_of(info, render::point(std::move(labels), model::GaugeValue{1}), options);
  attributes = labels_of(resource.scope_metrics(0).metrics(0).gauge().data_points(0).attributes());
  return labels_of(resource.resource().attributes());
}

TEST(Points, AJobIsAResourceAndAProcessIsWhereItIsAskedFor) {
  Options options;
  options.instance = "host";
  options.resource = {{"service.instance.id", "ignored"}, {"host.name", "h"}};
  options.per_process_jobs = {"apart"};
  Labels attributes;
  EXPECT_THAT(resource_labels({{"job", "shop/orders"}, {"pid", "7"}}, options, attributes),
              ElementsAre(Label{"service.name", "shop/orders"},
                          Label{"service.instance.id", "host"}, Label{"host.name", "h"}));
  EXPECT_THAT(attributes, ElementsAre(Label{"pid", "7"}));
  EXPECT_THAT(resource_labels({{"job", "apart"}, {"pid", "7"}, {"uid", "1"}}, options, attributes),
              ElementsAre(Label{"service.name", "apart"}, Label{"service.instance.id", "host:7"},
                          Label{"host.name", "h"}));
  EXPECT_THAT(attributes, ElementsAre(Label{"uid", "1"}));
}

TEST(Points, AJobWithTheAgentsNameIsNotTheAgent) {
  Options options;
  options.instance = "host";
  options.own_service = "agent";
  Labels attributes;
  EXPECT_THAT(resource_labels({}, options, attributes),
              ElementsAre(Label{"service.name", "agent"}, Label{"service.instance.id", "host"}));
  EXPECT_THAT(
      resource_labels({{"job", "agent"}}, options, attributes),
      ElementsAre(Label{"service.name", "agent"}, Label{"service.instance.id", "host:services"}));
}

}  // namespace
}  // namespace shmx::otlp
