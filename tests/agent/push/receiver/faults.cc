#include "tests/agent/push/receiver/faults.h"

#include <cmath>
#include <numeric>
#include <set>

namespace shmx::testing {
namespace {

namespace metrics = opentelemetry::proto::metrics::v1;

constexpr std::size_t kTraceIdBytes = 16;
constexpr std::size_t kSpanIdBytes = 8;
constexpr int kLowestScale = -10;
constexpr int kHighestScale = 20;

/// The faults found so far, each beginning with what it is about.
class Findings {
 public:
  void about(std::string subject) { subject_ = std::move(subject); }
  void unless(bool right, const std::string& sentence) {
    if (!right) faults_.push_back(subject_ + ": " + sentence);
  }
  std::vector<std::string> take() { return std::move(faults_); }

 private:
  std::string subject_ = "request";
  std::vector<std::string> faults_;
};

template <typename KeyValues>
void check_keys(const KeyValues& pairs, Findings& found) {
  std::set<std::string> keys;
  for (const auto& pair : pairs) {
    found.unless(!pair.key().empty(), "an attribute without a key");
    found.unless(pair.value().value_case() != 0, "attribute " + pair.key() + " has no value");
    found.unless(keys.insert(pair.key()).second, "attribute " + pair.key() + " is there twice");
  }
}

template <typename Point>
void check_exemplars(const Point& point, Findings& found) {
  for (const auto& exemplar : point.exemplars()) {
    const auto trace = exemplar.trace_id().size();
    const auto span = exemplar.span_id().size();
    found.unless(trace == 0 || trace == kTraceIdBytes,
                 "a trace id of " + std::to_string(trace) + " bytes");
    found.unless(span == 0 || span == kSpanIdBytes,
                 "a span id of " + std::to_string(span) + " bytes");
    found.unless((trace == 0) == (span == 0), "a trace id without a span id, or the reverse");
    found.unless(exemplar.time_unix_nano() > 0, "an exemplar without a time");
    found.unless(exemplar.value_case() != 0, "an exemplar without a value");
    check_keys(exemplar.filtered_attributes(), found);
  }
}

template <typename Point>
void check_any_point(const Point& point, bool with_start, Findings& found) {
  check_keys(point.attributes(), found);
  check_exemplars(point, found);
  found.unless(point.time_unix_nano() > 0, "a point without a time");
  found.unless(!with_start || point.start_time_unix_nano() > 0, "a point without a start time");
  found.unless(point.start_time_unix_nano() <= point.time_unix_nano(),
               "a point starts after its own time");
}

template <typename Numbers>
std::uint64_t total(const Numbers& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), std::uint64_t{0});
}

void check_point(const metrics::NumberDataPoint& point, bool monotonic, bool with_start,
                 Findings& found) {
  check_any_point(point, with_start, found);
  found.unless(point.value_case() != 0, "a point without a value");
  const bool falls = point.has_as_int() ? point.as_int() < 0 : !(point.as_double() >= 0);
  found.unless(!monotonic || !falls, "a monotonic sum that is negative or no number");
}

void check_point(const metrics::HistogramDataPoint& point, Findings& found) {
  check_any_point(point, true, found);
  const auto& bounds = point.explicit_bounds();
  const auto& counts = point.bucket_counts();
  const bool without_buckets = bounds.empty() && counts.empty();
  found.unless(
      without_buckets || counts.size() == bounds.size() + 1,
      std::to_string(counts.size()) + " buckets for " + std::to_string(bounds.size()) + " bounds");
  found.unless(without_buckets || total(counts) == point.count(),
               "a count of " + std::to_string(point.count()) + " for buckets that sum to " +
                   std::to_string(total(counts)));
  for (int i = 0; i < bounds.size(); ++i) {
    found.unless(std::isfinite(bounds[i]), "a bound that is not finite");
    found.unless(i == 0 || bounds[i - 1] < bounds[i], "bounds that do not ascend");
  }
  found.unless(!point.has_sum() || !std::isnan(point.sum()), "a sum that is no number");
}

void check_point(const metrics::ExponentialHistogramDataPoint& point, Findings& found) {
  check_any_point(point, true, found);
  const auto in_buckets = point.zero_count() + total(point.positive().bucket_counts()) +
                          total(point.negative().bucket_counts());
  found.unless(in_buckets == point.count(), "a count of " + std::to_string(point.count()) +
                                                " for buckets that sum to " +
                                                std::to_string(in_buckets));
  found.unless(point.scale() >= kLowestScale && point.scale() <= kHighestScale,
               "a scale of " + std::to_string(point.scale()));
  found.unless(point.zero_threshold() >= 0, "a zero threshold that is negative or no number");
  found.unless(!point.has_sum() || !std::isnan(point.sum()), "a sum that is no number");
}

template <typename Data>
void check_temporality(const Data& data, Findings& found) {
  const auto value = data.aggregation_temporality();
  found.unless(value == metrics::AGGREGATION_TEMPORALITY_DELTA ||
                   value == metrics::AGGREGATION_TEMPORALITY_CUMULATIVE,
               "temporality unspecified");
}

template <typename Data>
void check_histogram(const Data& data, Findings& found) {
  check_temporality(data, found);
  found.unless(!data.data_points().empty(), "no points");
  for (const auto& point : data.data_points()) check_point(point, found);
}

void check_metric(const metrics::Metric& metric, Findings& found) {
  found.about(metric.name().empty() ? "a metric" : metric.name());
  found.unless(!metric.name().empty(), "without a name");
  switch (metric.data_case()) {
    case metrics::Metric::kGauge:
      found.unless(!metric.gauge().data_points().empty(), "no points");
      for (const auto& point : metric.gauge().data_points()) {
        check_point(point, false, false, found);
      }
      break;
    case metrics::Metric::kSum:
      check_temporality(metric.sum(), found);
      found.unless(!metric.sum().data_points().empty(), "no points");
      for (const auto& point : metric.sum().data_points()) {
        // A total may not know when it was 0; a difference is one to something.
        const bool delta =
            metric.sum().aggregation_temporality() == metrics::AGGREGATION_TEMPORALITY_DELTA;
        check_point(point, metric.sum().is_monotonic(), delta, found);
      }
      break;
    case metrics::Metric::kHistogram:
      check_histogram(metric.histogram(), found);
      break;
    case metrics::Metric::kExponentialHistogram:
      check_histogram(metric.exponential_histogram(), found);
      break;
    default:
      found.unless(false, "no data, or of a kind that nobody here sends");
  }
}

void check_resource(const metrics::ResourceMetrics& of_resource, Findings& found) {
  found.about("resource");
  const auto& attributes = of_resource.resource().attributes();
  check_keys(attributes, found);
  bool named = false;
  for (const auto& pair : attributes) {
    named |= pair.key() == "service.name" && !pair.value().string_value().empty();
  }
  found.unless(named, "no service.name");
  found.unless(!of_resource.scope_metrics().empty(), "no metrics");
  for (const auto& scope : of_resource.scope_metrics()) {
    found.about("scope");
    found.unless(!scope.metrics().empty(), "no metrics");
    for (const auto& metric : scope.metrics()) check_metric(metric, found);
  }
}

}  // namespace

std::vector<std::string> faults_of(const Request& request) {
  Findings found;
  for (const auto& of_resource : request.resource_metrics()) check_resource(of_resource, found);
  std::set<StreamId> streams;
  for (auto& [stream, point] : points_of(request)) {
    found.about(text_of(stream));
    found.unless(streams.insert(std::move(stream)).second, "twice in one request");
  }
  return found.take();
}

}  // namespace shmx::testing
