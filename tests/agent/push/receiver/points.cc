#include "tests/agent/push/receiver/points.h"

namespace shmx::testing {
namespace {

namespace metrics = opentelemetry::proto::metrics::v1;
namespace common = opentelemetry::proto::common::v1;
using KeyValues = google::protobuf::RepeatedPtrField<common::KeyValue>;

std::string text_of(const common::AnyValue& value) {
  switch (value.value_case()) {
    case common::AnyValue::kStringValue:
      return value.string_value();
    case common::AnyValue::kBoolValue:
      return value.bool_value() ? "true" : "false";
    case common::AnyValue::kIntValue:
      return std::to_string(value.int_value());
    default:
      return value.ShortDebugString();
  }
}

Attributes attributes_of(const KeyValues& pairs) {
  Attributes attributes;
  for (const auto& pair : pairs) attributes[pair.key()] = text_of(pair.value());
  return attributes;
}

std::string hexadecimal(const std::string& bytes) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += kDigits[byte / 16];
    text += kDigits[byte % 16];
  }
  return text;
}

template <typename Source>
double number_of(const Source& source) {
  return source.has_as_int() ? static_cast<double>(source.as_int()) : source.as_double();
}

/// What points of all kinds have.
template <typename Source>
Point common_part(const Source& source) {
  Point point;
  point.start_ns = source.start_time_unix_nano();
  point.time_ns = source.time_unix_nano();
  for (const auto& exemplar : source.exemplars()) {
    point.exemplars.push_back({hexadecimal(exemplar.trace_id()), hexadecimal(exemplar.span_id()),
                               number_of(exemplar), exemplar.time_unix_nano()});
  }
  return point;
}

Point point_of(const metrics::NumberDataPoint& source) {
  Point point = common_part(source);
  point.value = number_of(source);
  return point;
}

Point point_of(const metrics::HistogramDataPoint& source) {
  Point point = common_part(source);
  point.kind = Point::Kind::histogram;
  point.value = source.sum();
  point.count = source.count();
  point.bounds.assign(source.explicit_bounds().begin(), source.explicit_bounds().end());
  point.buckets.assign(source.bucket_counts().begin(), source.bucket_counts().end());
  return point;
}

std::map<std::int32_t, std::uint64_t> buckets_of(
    const metrics::ExponentialHistogramDataPoint::Buckets& source) {
  std::map<std::int32_t, std::uint64_t> buckets;
  std::int32_t index = source.offset();
  for (const auto count : source.bucket_counts()) {
    if (count > 0) buckets[index] = count;
    ++index;
  }
  return buckets;
}

Point point_of(const metrics::ExponentialHistogramDataPoint& source) {
  Point point = common_part(source);
  point.kind = Point::Kind::exponential;
  point.value = source.sum();
  point.count = source.count();
  point.scale = source.scale();
  point.zero_count = source.zero_count();
  point.positive = buckets_of(source.positive());
  point.negative = buckets_of(source.negative());
  return point;
}

Point::Temporality temporality_of(metrics::AggregationTemporality value) {
  switch (value) {
    case metrics::AGGREGATION_TEMPORALITY_DELTA:
      return Point::Temporality::delta;
    case metrics::AGGREGATION_TEMPORALITY_CUMULATIVE:
      return Point::Temporality::cumulative;
    default:
      return Point::Temporality::none;
  }
}

/// The points of one metric, appended to `all`.
class Appender {
 public:
  Appender(const Attributes& resource, const metrics::Metric& metric, std::vector<StreamPoint>& all)
      : resource_(resource), metric_(metric), all_(all) {}

  void gauge() const {
    for (const auto& point : metric_.gauge().data_points()) append(point_of(point), point);
  }
  void sum() const {
    for (const auto& source : metric_.sum().data_points()) {
      Point point = point_of(source);
      point.kind = Point::Kind::sum;
      point.monotonic = metric_.sum().is_monotonic();
      point.temporality = temporality_of(metric_.sum().aggregation_temporality());
      append(std::move(point), source);
    }
  }
  template <typename Data>
  void histogram(const Data& data) const {
    for (const auto& source : data.data_points()) {
      Point point = point_of(source);
      point.monotonic = true;
      point.temporality = temporality_of(data.aggregation_temporality());
      append(std::move(point), source);
    }
  }

 private:
  template <typename Source>
  void append(Point point, const Source& source) const {
    point.unit = metric_.unit();
    all_.push_back(
        {{resource_, metric_.name(), attributes_of(source.attributes())}, std::move(point)});
  }

  const Attributes& resource_;
  const metrics::Metric& metric_;
  std::vector<StreamPoint>& all_;
};

}  // namespace

std::vector<StreamPoint> points_of(const Request& request) {
  std::vector<StreamPoint> all;
  for (const auto& of_resource : request.resource_metrics()) {
    const auto resource = attributes_of(of_resource.resource().attributes());
    for (const auto& scope : of_resource.scope_metrics()) {
      for (const auto& metric : scope.metrics()) {
        const Appender append(resource, metric, all);
        if (metric.has_gauge()) append.gauge();
        if (metric.has_sum()) append.sum();
        if (metric.has_histogram()) append.histogram(metric.histogram());
        if (metric.has_exponential_histogram()) append.histogram(metric.exponential_histogram());
      }
    }
  }
  return all;
}

std::string text_of(const StreamId& stream) {
  const auto list = [](const Attributes& attributes) {
    std::string text = "{";
    for (const auto& [key, value] : attributes) {
      if (text.size() > 1) text += ",";
      text.append(key).append("=").append(value);
    }
    return text + "}";
  };
  return stream.metric + list(stream.attributes) + " of " + list(stream.resource);
}

}  // namespace shmx::testing
