// See convert.h.
#include "agent/self/convert.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace shmx::self {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::uint64_t kNanoseconds = 1'000'000'000;

model::Type type_of(MetricType type) {
  switch (type) {
    case MetricType::Counter:
      return model::Type::counter;
    case MetricType::Gauge:
      return model::Type::gauge;
    case MetricType::Histogram:
      return model::Type::histogram;
    case MetricType::Summary:
    case MetricType::Untyped:
      break;
  }
  return model::Type::untyped;
}

model::Ticks to_ticks(double units, std::uint64_t ticks_per_unit) {
  return static_cast<model::Ticks>(std::round(units * static_cast<double>(ticks_per_unit)));
}

/// prometheus-cpp's buckets are cumulative, and the last one is +Inf's.
std::vector<double> bounds_of(const MetricFamily& family) {
  std::vector<double> bounds;
  if (family.type == MetricType::Histogram && !family.metric.empty()) {
    for (const ClientMetric::Bucket& bucket : family.metric.front().histogram.bucket) {
      if (std::isfinite(bucket.upper_bound)) {
        bounds.push_back(bucket.upper_bound);
      }
    }
  }
  return bounds;
}

model::HistogramValue histogram(const ClientMetric& metric, std::uint64_t ticks_per_unit) {
  model::HistogramValue value;
  std::uint64_t below = 0;
  for (const ClientMetric::Bucket& bucket : metric.histogram.bucket) {
    value.buckets.push_back(bucket.cumulative_count - below);
    below = bucket.cumulative_count;
  }
  value.sum = to_ticks(metric.histogram.sample_sum, ticks_per_unit);
  return value;
}

Labels labels_of(const ClientMetric& metric) {
  Labels labels;
  for (const ClientMetric::Label& label : metric.label) {
    labels.push_back({label.name, label.value});
  }
  std::sort(labels.begin(), labels.end());
  return labels;
}

decltype(model::Point::value) value_of(const ClientMetric& metric, MetricType type,
                                       std::uint64_t ticks_per_unit) {
  switch (type) {
    case MetricType::Counter:
      return model::CounterValue{to_ticks(metric.counter.value, ticks_per_unit)};
    case MetricType::Histogram:
      return histogram(metric, ticks_per_unit);
    case MetricType::Untyped:
      return model::GaugeValue{metric.untyped.value};
    case MetricType::Gauge:
    case MetricType::Summary:
      break;
  }
  return model::GaugeValue{metric.gauge.value};
}

}  // namespace

std::string unit_of(std::string_view name) {
  constexpr std::string_view kTotal = "_total";
  if (name.ends_with(kTotal)) {
    name.remove_suffix(kTotal.size());
  }
  for (const std::string_view unit : {"seconds", "bytes"}) {
    if (name.ends_with(unit)) {
      return std::string(unit);
    }
  }
  return {};
}

model::Family convert(const MetricFamily& family, std::int64_t created_unix_ns) {
  auto info = std::make_shared<model::FamilyInfo>();
  info->name = family.name;
  info->help = family.help;
  info->unit = unit_of(family.name);
  info->type = type_of(family.type);
  info->ticks_per_unit = info->unit == "seconds" ? kNanoseconds : 1;
  info->bounds = bounds_of(family);
  const std::uint64_t ticks_per_unit = info->ticks_per_unit;
  model::Family converted{std::move(info), {}};
  if (family.type == MetricType::Summary) {
    return converted;
  }
  for (const ClientMetric& metric : family.metric) {
    converted.points.push_back({std::make_shared<model::Series>(labels_of(metric)),
                                value_of(metric, family.type, ticks_per_unit), created_unix_ns});
  }
  return converted;
}

}  // namespace shmx::self
