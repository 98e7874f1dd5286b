// Protobuf pages, decoded with protobuf's own classes and compared with the model.
#include "agent/render/protobuf.h"

#include <gmock/gmock.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/delimited_message_util.h>
#include <gtest/gtest.h>
#include <metrics.pb.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "agent/render/format.h"
#include "tests/agent/render/models.h"

namespace shmx::render {
namespace {

using model::CounterValue;
using model::GaugeValue;
using model::HistogramValue;
using model::Ticks;
using model::Type;
using Families = std::vector<metrics::MetricFamily>;
using ::testing::ElementsAre;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Families decode(const std::string& page) {
  google::protobuf::io::ArrayInputStream stream(page.data(), static_cast<int>(page.size()));
  Families families;
  bool clean_end = false;
  while (true) {
    metrics::MetricFamily family;
    if (!google::protobuf::util::ParseDelimitedFromZeroCopyStream(&family, &stream, &clean_end)) {
      break;
    }
    families.push_back(std::move(family));
  }
  EXPECT_TRUE(clean_end) << "what follows family " << families.size() << " is none";
  return families;
}

Families page_of(const std::vector<const model::Family*>& shown) {
  std::string page;
  append_protobuf(shown, page);
  return decode(page);
}

model::Family family(std::string name, Type type, std::vector<model::Point> points) {
  auto info = std::make_shared<model::FamilyInfo>();
  info->name = std::move(name);
  info->help = "Help.";
  info->type = type;
  return {std::move(info), std::move(points)};
}

model::Family histograms(std::string name, std::vector<double> bounds,
                         std::optional<NativeBuckets> native, std::vector<model::Point> points) {
  auto info = std::make_shared<model::FamilyInfo>();
  info->name = std::move(name);
  info->type = Type::histogram;
  info->bounds = std::move(bounds);
  info->native = native;
  return {std::move(info), std::move(points)};
}

Families page_of(const model::Snapshot& snapshot) {
  return page_of(pointers(snapshot));
}

void expect_same(double a, double b) {
  EXPECT_TRUE((std::isnan(a) && std::isnan(b)) ||
              std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b))
      << a << " " << b;
}

template <typename Message>
Labels labels_of(const Message& message) {
  Labels labels;
  for (const metrics::LabelPair& label : message.label()) {
    labels.push_back({label.name(), label.value()});
  }
  return labels;
}

std::int64_t ns_of(const metrics::Timestamp& timestamp) {
  return timestamp.seconds() * 1'000'000'000 + timestamp.nanos();
}

std::uint64_t saturated(Ticks count) {
  constexpr Ticks kMax = std::numeric_limits<std::uint64_t>::max();
  return static_cast<std::uint64_t>(std::min(count, kMax));
}

void expect_exemplar(const metrics::Exemplar& decoded, const model::Exemplar& exemplar) {
  EXPECT_EQ(labels_of(decoded), exemplar.labels);
  expect_same(decoded.value(), exemplar.value);
  EXPECT_EQ(decoded.has_timestamp(), exemplar.unix_ns > 0);
  EXPECT_EQ(ns_of(decoded.timestamp()), exemplar.unix_ns);
}

const model::Exemplar* latest_in(const model::Point& point, double above, double up_to) {
  const model::Exemplar* latest = nullptr;
  for (const model::Exemplar& exemplar : point.exemplars) {
    if (exemplar.value > above && exemplar.value <= up_to && code_points(exemplar.labels) <= 128 &&
        (latest == nullptr || exemplar.unix_ns >= latest->unix_ns)) {
      latest = &exemplar;
    }
  }
  return latest;
}

void expect_classic(const metrics::Histogram& decoded, const model::FamilyInfo& info,
                    const model::Point& point) {
  const auto& value = std::get<HistogramValue>(point.value);
  double above = -kInfinity;
  Ticks cumulative = 0;
  int next = 0;
  std::vector<double> bounds = info.bounds;
  bounds.push_back(kInfinity);
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    const double bound = bounds[i];
    cumulative += value.buckets[i];
    const model::Exemplar* const exemplar = latest_in(point, above, bound);
    above = bound;
    if (std::isinf(bound) && exemplar == nullptr) {
      continue;
    }
    ASSERT_LT(next, decoded.bucket_size());
    const metrics::Bucket& bucket = decoded.bucket(next++);
    expect_same(bucket.upper_bound(), bound);
    EXPECT_EQ(bucket.cumulative_count(), saturated(cumulative));
    ASSERT_EQ(bucket.has_exemplar(), exemplar != nullptr);
    if (exemplar != nullptr) {
      expect_exemplar(bucket.exemplar(), *exemplar);
    }
  }
  EXPECT_EQ(next, decoded.bucket_size());
}

/// Counts of one side, from differences or as they are.
std::vector<Ticks> counts_of(const google::protobuf::RepeatedField<std::int64_t>& deltas,
                             const google::protobuf::RepeatedField<double>& floats) {
  EXPECT_TRUE(deltas.empty() || floats.empty());
  std::vector<Ticks> counts(floats.begin(), floats.end());
  Ticks count = 0;
  for (const std::int64_t delta : deltas) {
    counts.push_back(count += delta);
  }
  return counts;
}

/// The buckets that are not empty, by their index.
std::map<std::int32_t, Ticks> by_index(
    const google::protobuf::RepeatedPtrField<metrics::BucketSpan>& spans,
    const std::vector<Ticks>& counts) {
  std::map<std::int32_t, Ticks> buckets;
  std::int32_t index = 0;
  std::size_t next = 0;
  for (int i = 0; i < spans.size(); ++i) {
    EXPECT_TRUE(i == 0 || spans[i].offset() > 2);
    index += spans[i].offset();
    for (std::uint32_t j = 0; j < spans[i].length(); ++j, ++index) {
      if (const Ticks count = counts.at(next++); count != 0) {
        buckets[index] = count;
      }
    }
  }
  EXPECT_EQ(next, counts.size());
  return buckets;
}

std::map<std::int32_t, Ticks> side_of(const NativeBuckets& native, const std::vector<Ticks>& cells,
                                      std::size_t first_cell, bool wide) {
  std::map<std::int32_t, Ticks> buckets;
  for (std::uint32_t i = 0; i <= native.count; ++i) {
    const Ticks count = cells[first_cell + i];
    if (count != 0) {
      buckets[i < native.count ? native.first_index + static_cast<std::int32_t>(i)
                               : overflow_index(native.schema)] =
          wide ? static_cast<Ticks>(static_cast<double>(count)) : count;
    }
  }
  return buckets;
}

void expect_native(const metrics::Histogram& decoded, const NativeBuckets& native,
                   const HistogramValue& value) {
  const bool wide = value.observations() > std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(decoded.schema(), native.schema);
  expect_same(decoded.zero_threshold(), zero_threshold(native));
  EXPECT_EQ(decoded.has_sample_count_float(), wide);
  EXPECT_EQ(decoded.has_zero_count(), !wide);
  expect_same(wide ? decoded.zero_count_float() : static_cast<double>(decoded.zero_count()),
              static_cast<double>(value.native[0]));
  EXPECT_EQ(by_index(decoded.positive_span(),
                     counts_of(decoded.positive_delta(), decoded.positive_count())),
            side_of(native, value.native, 1, wide));
  const auto negative = by_index(decoded.negative_span(),
                                 counts_of(decoded.negative_delta(), decoded.negative_count()));
  EXPECT_EQ(negative, native.negative ? side_of(native, value.native, native.count + 2, wide)
                                      : decltype(negative)());
}

void expect_histogram(const metrics::Histogram& decoded, const model::FamilyInfo& info,
                      const model::Point& point) {
  const auto& value = std::get<HistogramValue>(point.value);
  EXPECT_EQ(decoded.sample_count(), saturated(value.observations()));
  expect_same(decoded.sample_sum(), model::to_units(value.sum, info.ticks_per_unit));
  EXPECT_EQ(ns_of(decoded.created_timestamp()), point.created_unix_ns);
  if (info.is_classic()) {
    expect_classic(decoded, info, point);
    EXPECT_EQ(decoded.exemplars_size(), 0);
  } else {
    EXPECT_EQ(decoded.bucket_size(), 0);
    int next = 0;
    for (const model::Exemplar& exemplar : point.exemplars) {
      if (exemplar.unix_ns > 0 && code_points(exemplar.labels) <= 128) {
        ASSERT_LT(next, decoded.exemplars_size());
        expect_exemplar(decoded.exemplars(next++), exemplar);
      }
    }
    EXPECT_EQ(next, decoded.exemplars_size());
  }
  EXPECT_EQ(decoded.has_schema(), info.native.has_value());
  if (info.native) {
    expect_native(decoded, *info.native, value);
  }
}

void expect_metric(const metrics::Metric& decoded, const model::FamilyInfo& info,
                   const model::Point& point) {
  EXPECT_EQ(labels_of(decoded), point.series->labels());
  EXPECT_EQ(decoded.has_counter(), info.type == Type::counter);
  EXPECT_EQ(decoded.has_gauge(), info.type == Type::gauge);
  EXPECT_EQ(decoded.has_untyped(), info.type == Type::untyped);
  EXPECT_EQ(decoded.has_histogram(), info.type == Type::histogram);
  if (info.type == Type::histogram) {
    expect_histogram(decoded.histogram(), info, point);
    return;
  }
  const auto* counter = std::get_if<CounterValue>(&point.value);
  const double value = counter != nullptr ? model::to_units(counter->ticks, info.ticks_per_unit)
                                          : std::get<GaugeValue>(point.value).value;
  expect_same(info.type == Type::counter ? decoded.counter().value()
              : info.type == Type::gauge ? decoded.gauge().value()
                                         : decoded.untyped().value(),
              value);
  EXPECT_EQ(ns_of(decoded.counter().created_timestamp()), point.created_unix_ns);
  const model::Exemplar* const exemplar = latest_in(point, -kInfinity, kInfinity);
  ASSERT_EQ(decoded.counter().has_exemplar(), exemplar != nullptr);
  if (exemplar != nullptr) {
    expect_exemplar(decoded.counter().exemplar(), *exemplar);
  }
}

/// What is one message: the neighbours of a name that have native buckets, and those that have not.
struct Expected {
  const model::FamilyInfo* info;
  bool native;
  std::vector<std::pair<const model::FamilyInfo*, const model::Point*>> points;
};

std::vector<Expected> expected_of(const model::Snapshot& snapshot) {
  std::vector<Expected> all;
  std::string name;
  for (const model::Family& first : snapshot.families) {
    if (first.points.empty() || first.info->name == name) {
      continue;
    }
    name = first.info->name;
    for (const bool native : {true, false}) {
      Expected message{first.info.get(), native, {}};
      for (const model::Family& family : snapshot.families) {
        for (const model::Point& point : family.points) {
          if (family.info->name == name && family.info->native.has_value() == native) {
            message.points.emplace_back(family.info.get(), &point);
          }
        }
      }
      if (!message.points.empty()) {
        all.push_back(std::move(message));
      }
    }
  }
  return all;
}

void expect_page(const Families& decoded, const model::Snapshot& snapshot) {
  static const std::map<Type, metrics::MetricType> kTypes = {{Type::counter, metrics::COUNTER},
                                                             {Type::gauge, metrics::GAUGE},
                                                             {Type::histogram, metrics::HISTOGRAM},
                                                             {Type::untyped, metrics::UNTYPED}};
  const std::vector<Expected> messages = expected_of(snapshot);
  ASSERT_EQ(decoded.size(), messages.size());
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const Expected& message = messages[i];
    EXPECT_EQ(decoded[i].name(), message.info->name);
    EXPECT_EQ(decoded[i].help(), message.info->help);
    EXPECT_EQ(decoded[i].type(), kTypes.at(message.info->type));
    ASSERT_EQ(decoded[i].metric_size(), static_cast<int>(message.points.size()));
    for (std::size_t p = 0; p < message.points.size(); ++p) {
      expect_metric(decoded[i].metric(static_cast<int>(p)), *message.points[p].first,
                    *message.points[p].second);
    }
  }
}

TEST(Protobuf, ItsOwnClassesGiveBackEverythingThatRandomModelsHold) {
  std::mt19937_64 random(20260107);
  for (int i = 0; i < 500 && !::testing::Test::HasFailure(); ++i) {
    const model::Snapshot snapshot = random_model(random, false);
    expect_page(page_of(snapshot), snapshot);
  }
}

TEST(Protobuf, ItsOwnSerializerMakesTheSameBytesOfNumbers) {
  model::Point counted = point({{"a", "\"\\\n"}, {"job", ""}}, CounterValue{300});
  counted.created_unix_ns = 1'700'000'000'123'456'789;
  counted.exemplars = {{{{"trace_id", "t"}}, 2.5, 1'700'000'000'000'000'001}};
  const model::Snapshot snapshot{
      {family("a_total", Type::counter, {counted, point({}, CounterValue{0})}),
       family("g", Type::gauge, {point({}, GaugeValue{-1})})}};
  std::string page;
  append_protobuf(pointers(snapshot), page);
  std::string again;
  google::protobuf::io::StringOutputStream stream(&again);
  for (const metrics::MetricFamily& decoded : decode(page)) {
    google::protobuf::util::SerializeDelimitedToZeroCopyStream(decoded, &stream);
  }
  again.resize(static_cast<std::size_t>(stream.ByteCount()));
  EXPECT_EQ(page, again);
}

TEST(Protobuf, NeighboursOfOneNameAreOneFamilyPerKindOfBuckets) {
  const NativeBuckets native{.schema = 0, .first_index = 0, .count = 2};
  const Families decoded = page_of(model::Snapshot{
      {histograms("x", {1}, {}, {point({{"job", "classic"}}, HistogramValue{{1, 2}, 3})}),
       histograms("x", {}, native,
                  {point({{"job", "native"}}, HistogramValue{{}, 3, {1, 0, 2, 0}})}),
       histograms("x", {2}, {}, {point({{"job", "other"}}, HistogramValue{{1, 2}, 3})})}});
  ASSERT_EQ(decoded.size(), 2U);
  ASSERT_EQ(decoded[0].metric_size(), 1);
  EXPECT_EQ(labels_of(decoded[0].metric(0)), (Labels{{"job", "native"}}));
  ASSERT_EQ(decoded[1].metric_size(), 2);
  EXPECT_EQ(labels_of(decoded[1].metric(0)), (Labels{{"job", "classic"}}));
  EXPECT_EQ(labels_of(decoded[1].metric(1)), (Labels{{"job", "other"}}));
}

TEST(Protobuf, UnitsAreSaidOfNamesThatEndInThem) {
  const std::vector<std::pair<const char*, const char*>> table = {
      {"x_seconds_total", "seconds"}, {"x_total", ""}, {"xseconds_total", ""}};
  for (const auto& [name, unit] : table) {
    model::Family counters = family(name, Type::counter, {point({}, CounterValue{1})});
    model::FamilyInfo info = *counters.info;
    info.unit = "seconds";
    counters.info = std::make_shared<model::FamilyInfo>(info);
    const Families decoded = page_of(model::Snapshot{{counters}});
    ASSERT_EQ(decoded.size(), 1U);
    EXPECT_EQ(decoded[0].unit(), unit);
  }
}

TEST(Protobuf, AHistogramOfBothKindsHasBoth) {
  const NativeBuckets native{.schema = 0, .first_index = 0, .count = 2};
  const Families decoded = page_of(model::Snapshot{
      {histograms("x", {1}, native, {point({}, HistogramValue{{1, 2}, 3, {1, 0, 2, 0}})})}});
  const metrics::Histogram& histogram = decoded.at(0).metric(0).histogram();
  ASSERT_EQ(histogram.bucket_size(), 1);
  EXPECT_EQ(histogram.bucket(0).cumulative_count(), 1U);
  EXPECT_EQ(histogram.sample_count(), 3U);
  EXPECT_EQ(histogram.zero_threshold(), 0.5);
  EXPECT_EQ(histogram.zero_count(), 1U);
  ASSERT_EQ(histogram.positive_span_size(), 1);
  EXPECT_EQ(histogram.positive_span(0).offset(), 1);
  EXPECT_THAT(histogram.positive_delta(), ElementsAre(2));
}

TEST(Protobuf, CountsBeyondSixtyThreeBitsAreFloats) {
  const NativeBuckets native{.schema = 0, .first_index = 0, .count = 1, .negative = true};
  const Ticks huge = Ticks{1} << 64;
  const Families decoded = page_of(model::Snapshot{{histograms(
      "x", {1}, native, {point({}, HistogramValue{{huge, 3}, 0, {huge, 1, 0, 0, 2}})})}});
  const metrics::Histogram& histogram = decoded.at(0).metric(0).histogram();
  EXPECT_EQ(histogram.sample_count(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(histogram.sample_count_float(), std::ldexp(1, 64));
  EXPECT_EQ(histogram.zero_count_float(), std::ldexp(1, 64));
  EXPECT_FALSE(histogram.has_zero_count());
  EXPECT_THAT(histogram.positive_count(), ElementsAre(1));
  EXPECT_THAT(histogram.negative_count(), ElementsAre(2));
  EXPECT_EQ(histogram.positive_delta_size() + histogram.negative_delta_size(), 0);
  EXPECT_EQ(histogram.bucket(0).cumulative_count(), std::numeric_limits<std::uint64_t>::max());
}

TEST(Protobuf, AHistogramInAnUntypedFamilyIsShownAsNumbers) {
  const Families decoded = page_of(model::Snapshot{
      {family("x", Type::untyped,
              {point({{"job", "a"}}, HistogramValue{{4}, 9}), point({}, GaugeValue{8})})}});
  ASSERT_EQ(decoded.size(), 4U);
  EXPECT_EQ(decoded[0].name(), "x");
  EXPECT_EQ(decoded[1].name(), "x_bucket");
  EXPECT_EQ(decoded[1].type(), metrics::UNTYPED);
  EXPECT_EQ(labels_of(decoded[1].metric(0)), (Labels{{"job", "a"}, {"le", "+Inf"}}));
  EXPECT_EQ(decoded[2].name(), "x_count");
  EXPECT_EQ(decoded[2].metric(0).untyped().value(), 4);
  EXPECT_EQ(decoded[3].name(), "x_sum");
  EXPECT_EQ(decoded[3].metric(0).untyped().value(), 9);
}

TEST(Protobuf, LargeFamiliesAndLongLabelsArriveWhole) {
  model::Family many = family("a_total", Type::counter, {});
  for (int i = 0; i < 5000; ++i) {
    many.points.push_back(point({{"i", std::to_string(i)}}, CounterValue{i}));
  }
  many.points.push_back(point({{"i", std::string(300'000, 'v')}}, CounterValue{1}));
  const model::Snapshot snapshot{{many, family("b", Type::gauge, {point({}, GaugeValue{1})})}};
  expect_page(page_of(snapshot), snapshot);
}

TEST(Protobuf, OnlySelectedFamiliesAreOnThePageAndEmptyOnesLeaveNoTrace) {
  const model::Snapshot snapshot{{family("a_total", Type::counter, {point({}, CounterValue{1})}),
                                  family("b", Type::gauge, {point({}, GaugeValue{1})}),
                                  family("c", Type::gauge, {})}};
  std::string page = "before ";
  append_page({.format = Format::protobuf, .names = {"b", "c"}}, pointers(snapshot), page);
  const Families decoded = decode(page.substr(7));
  ASSERT_EQ(decoded.size(), 1U);
  EXPECT_EQ(decoded[0].name(), "b");
}

}  // namespace
}  // namespace shmx::render
