#include "agent/feed/snapshot_values.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <string_view>
#include <utility>

namespace shmx::feed {
namespace {

namespace otlp = opentelemetry::proto;
using otlp::metrics::v1::ExponentialHistogramDataPoint;
using otlp::metrics::v1::HistogramDataPoint;
using otlp::metrics::v1::Metric;
using otlp::metrics::v1::NumberDataPoint;
using KeyValues = google::protobuf::RepeatedPtrField<otlp::common::v1::KeyValue>;

Labels labels_of(const KeyValues& attributes) {
  Labels labels;
  labels.reserve(static_cast<std::size_t>(attributes.size()));
  for (const auto& attribute : attributes) {
    labels.push_back({attribute.key(), attribute.value().string_value()});
  }
  std::sort(labels.begin(), labels.end());
  return labels;
}

std::string attribute_of(const otlp::resource::v1::Resource& resource, std::string_view key) {
  for (const auto& attribute : resource.attributes()) {
    if (attribute.key() == key) {
      return attribute.value().string_value();
    }
  }
  return {};
}

double number_of(const NumberDataPoint& point) {
  return point.value_case() == NumberDataPoint::kAsInt ? static_cast<double>(point.as_int())
                                                       : point.as_double();
}

/// The points of one resource, one after the other.
class Collector {
 public:
  Collector(const otlp::resource::v1::Resource& resource, Snapshot& into)
      : job_(attribute_of(resource, "service.name")),
        instance_(attribute_of(resource, "service.instance.id")),
        into_(into) {}

  void add(const Metric& metric) {
    for (const auto& point : metric.gauge().data_points()) {
      add(metric, point, number_of(point), 0);
    }
    for (const auto& point : metric.sum().data_points()) {
      add(metric, point, number_of(point), point.start_time_unix_nano());
    }
    for (const auto& point : metric.histogram().data_points()) {
      add(metric, point, values_of(point), point.start_time_unix_nano());
    }
    for (const auto& point : metric.exponential_histogram().data_points()) {
      add(metric, point, values_of(point), point.start_time_unix_nano());
    }
  }

 private:
  template <typename Point>
  void add(const Metric& metric, const Point& point, std::variant<double, Histogram> value,
           std::uint64_t start_unix_ns) {
    into_.unix_ns = std::max(into_.unix_ns, static_cast<std::int64_t>(point.time_unix_nano()));
    Labels labels = labels_of(point.attributes());
    if (!instance_.empty()) {
      Label instance{"instance", instance_};
      labels.insert(std::lower_bound(labels.begin(), labels.end(), instance), instance);
    }
    into_.samples.push_back({metric.name(), job_, std::move(labels), std::move(value),
                             static_cast<std::int64_t>(start_unix_ns)});
  }

  std::string job_;
  std::string instance_;
  Snapshot& into_;
};

/// Buckets in ascending order of their upper bounds.
class Buckets {
 public:
  /// What is above the last bound and up to this one.
  void add(double bound, std::uint64_t count) {
    if (!std::isfinite(bound)) {
      beyond_ += count;
    } else if (!made_.bounds.empty() && bound <= made_.bounds.back()) {
      made_.counts.back() += count;
    } else {
      made_.bounds.push_back(bound);
      made_.counts.push_back(count);
    }
  }

  Histogram finish(double sum) && {
    made_.counts.push_back(beyond_);
    made_.sum = sum;
    return std::move(made_);
  }

 private:
  Histogram made_;
  std::uint64_t beyond_ = 0;
};

/// Where the bucket of an index begins: base^index, base = 2^(2^-scale).
double lower_bound(std::int64_t index, std::int32_t scale) {
  return std::exp2(std::ldexp(static_cast<double>(index), -scale));
}

}  // namespace

std::uint64_t Histogram::count() const noexcept {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

Histogram values_of(const HistogramDataPoint& point) {
  Histogram made;
  made.sum = point.sum();
  if (point.bucket_counts_size() == point.explicit_bounds_size() + 1) {
    made.bounds.assign(point.explicit_bounds().begin(), point.explicit_bounds().end());
    made.counts.assign(point.bucket_counts().begin(), point.bucket_counts().end());
  } else {
    made.counts = {point.count()};
  }
  return made;
}

Histogram values_of(const ExponentialHistogramDataPoint& point) {
  const auto& negative = point.negative();
  const auto& positive = point.positive();
  const int negatives = negative.bucket_counts_size();
  Buckets buckets;
  // From the far end to zero; bucket i holds [-base^(i+1), -base^i).
  if (negatives > 0) {
    buckets.add(-lower_bound(std::int64_t{negative.offset()} + negatives, point.scale()), 0);
  }
  for (int i = negatives - 1; i >= 0; --i) {
    buckets.add(-lower_bound(std::int64_t{negative.offset()} + i, point.scale()),
                negative.bucket_counts(i));
  }
  if (negatives > 0) {
    buckets.add(-point.zero_threshold(), 0);
  }
  buckets.add(point.zero_threshold(), point.zero_count());
  if (positive.bucket_counts_size() > 0) {
    buckets.add(lower_bound(positive.offset(), point.scale()), 0);
  }
  for (int i = 0; i < positive.bucket_counts_size(); ++i) {
    buckets.add(lower_bound(std::int64_t{positive.offset()} + i + 1, point.scale()),
                positive.bucket_counts(i));
  }
  return std::move(buckets).finish(point.sum());
}

Snapshot values_of(const v1::Snapshot& message) {
  Snapshot snapshot;
  snapshot.skipped = message.skipped();
  for (const auto& resource : message.resource_metrics()) {
    Collector collector(resource.resource(), snapshot);
    for (const auto& scope : resource.scope_metrics()) {
      for (const Metric& metric : scope.metrics()) {
        collector.add(metric);
      }
    }
  }
  return snapshot;
}

}  // namespace shmx::feed
