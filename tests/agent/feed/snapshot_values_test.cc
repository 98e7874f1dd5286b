// Snapshots as plain values; above all, exponential buckets as bounds.
#include "agent/feed/snapshot_values.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

namespace shmx::feed {
namespace {

namespace metrics = opentelemetry::proto::metrics::v1;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(FeedHistogram, HasItsExplicitBounds) {
  metrics::HistogramDataPoint point;
  for (const double bound : {0.5, 1.0}) point.add_explicit_bounds(bound);
  for (const std::uint64_t count : {3, 2, 1}) point.add_bucket_counts(count);
  point.set_sum(4.5);
  const Histogram made = values_of(point);
  EXPECT_THAT(made.bounds, ElementsAre(0.5, 1.0));
  EXPECT_THAT(made.counts, ElementsAre(3, 2, 1));
  EXPECT_EQ(made.sum, 4.5);
  EXPECT_EQ(made.count(), 6U);
}

TEST(FeedHistogram, HasOneBucketWhereCountsDoNotFitBounds) {
  metrics::HistogramDataPoint point;
  point.add_explicit_bounds(1);
  point.add_bucket_counts(4);
  point.set_count(4);
  const Histogram made = values_of(point);
  EXPECT_THAT(made.bounds, IsEmpty());
  EXPECT_THAT(made.counts, ElementsAre(4));
}

TEST(FeedHistogram, HasTheBoundsOfExponentialBuckets) {
  metrics::ExponentialHistogramDataPoint point;
  point.set_scale(0);  // base 2
  point.set_zero_threshold(0.25);
  point.set_zero_count(7);
  point.mutable_positive()->set_offset(1);  // (2, 4], (4, 8]
  for (const std::uint64_t count : {3, 2}) point.mutable_positive()->add_bucket_counts(count);
  point.mutable_negative()->set_offset(-1);  // [-1, -0.5), [-2, -1)
  for (const std::uint64_t count : {5, 1}) point.mutable_negative()->add_bucket_counts(count);
  const Histogram made = values_of(point);
  EXPECT_THAT(made.bounds, ElementsAre(-2, -1, -0.5, -0.25, 0.25, 2, 4, 8));
  EXPECT_THAT(made.counts, ElementsAre(0, 1, 5, 0, 7, 0, 3, 2, 0));
  EXPECT_EQ(made.count(), 18U);
}

TEST(FeedHistogram, HasTheBoundsOfOtherScales) {
  metrics::ExponentialHistogramDataPoint fine;
  fine.set_scale(1);  // base sqrt(2)
  fine.mutable_positive()->set_offset(2);
  fine.mutable_positive()->add_bucket_counts(1);
  EXPECT_THAT(values_of(fine).bounds, ElementsAre(0, 2, ::testing::DoubleEq(std::sqrt(8.0))));
  metrics::ExponentialHistogramDataPoint coarse;
  coarse.set_scale(-2);  // base 16
  coarse.mutable_positive()->set_offset(-1);
  coarse.mutable_positive()->add_bucket_counts(1);
  EXPECT_THAT(values_of(coarse).bounds, ElementsAre(0, 0.0625, 1));
}

TEST(FeedHistogram, PutsWhatIsBeyondAllNumbersIntoTheLastBucket) {
  metrics::ExponentialHistogramDataPoint point;
  point.set_scale(0);
  point.mutable_positive()->set_offset(1023);  // (2^1023, 2^1024]
  point.mutable_positive()->add_bucket_counts(9);
  const Histogram made = values_of(point);
  EXPECT_THAT(made.bounds, ElementsAre(0, std::ldexp(1.0, 1023)));
  EXPECT_THAT(made.counts, ElementsAre(0, 0, 9));
}

TEST(FeedHistogram, OfAbsurdOffsetsStillHasAllCountsAndAscendingBounds) {
  for (const std::int32_t offset :
       {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()}) {
    for (const std::int32_t scale : {-2'000, -10, 0, 20, 2'000}) {
      metrics::ExponentialHistogramDataPoint point;
      point.set_scale(scale);
      for (auto* buckets : {point.mutable_positive(), point.mutable_negative()}) {
        buckets->set_offset(offset);
        for (const std::uint64_t count : {1, 2, 3}) buckets->add_bucket_counts(count);
      }
      const Histogram made = values_of(point);
      EXPECT_EQ(made.count(), 12U) << offset << " " << scale;
      EXPECT_EQ(made.counts.size(), made.bounds.size() + 1);
      EXPECT_TRUE(std::is_sorted(made.bounds.begin(), made.bounds.end(), std::less_equal<>()));
    }
  }
}

TEST(FeedSnapshot, HasTheLabelsInOrderWithTheInstanceAndTheJobApart) {
  v1::Snapshot message;
  auto& resource = *message.add_resource_metrics();
  for (const auto& [key, value] :
       {std::pair{"service.name", "shop"}, std::pair{"service.instance.id", "host:1"}}) {
    auto& attribute = *resource.mutable_resource()->add_attributes();
    attribute.set_key(key);
    attribute.mutable_value()->set_string_value(value);
  }
  message.set_skipped(3);
  auto& metric = *resource.add_scope_metrics()->add_metrics();
  metric.set_name("requests_total");
  auto& point = *metric.mutable_sum()->add_data_points();
  point.set_as_int(7);
  point.set_time_unix_nano(20);
  point.set_start_time_unix_nano(10);
  for (const char* name : {"z", "a"}) {
    auto& label = *point.add_attributes();
    label.set_key(name);
    label.mutable_value()->set_string_value(std::string("of ") + name);
  }
  const Snapshot snapshot = values_of(message);
  EXPECT_EQ(snapshot.unix_ns, 20);
  EXPECT_EQ(snapshot.skipped, 3U);
  ASSERT_EQ(snapshot.samples.size(), 1U);
  const Sample& sample = snapshot.samples.at(0);
  EXPECT_EQ(sample.metric, "requests_total");
  EXPECT_EQ(sample.job, "shop");
  EXPECT_EQ(sample.labels, (Labels{{"a", "of a"}, {"instance", "host:1"}, {"z", "of z"}}));
  EXPECT_EQ(std::get<double>(sample.value), 7);
  EXPECT_EQ(sample.start_unix_ns, 10);
}

}  // namespace
}  // namespace shmx::feed
