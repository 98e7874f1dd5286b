#include "shim/prometheus_bridge_series.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "shm/cells.h"
#include "shm/layout.h"
#include "shm/registry.h"

namespace shmx {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

Labels labels_of(const ClientMetric& metric) {
  Labels labels;
  labels.reserve(metric.label.size());
  for (const ClientMetric::Label& label : metric.label) {
    labels.push_back({label.name, label.value});
  }
  std::sort(labels.begin(), labels.end());
  return labels;
}

std::vector<double> bounds_of(const ClientMetric::Histogram& histogram) {
  std::vector<double> bounds;
  for (const ClientMetric::Bucket& bucket : histogram.bucket) {
    if (std::isfinite(bucket.upper_bound)) {
      bounds.push_back(bucket.upper_bound);
    }
  }
  return bounds;
}

// Observations per bucket, +Inf's last; empty when the cumulative counts fall.
std::vector<std::uint64_t> buckets_of(const ClientMetric::Histogram& histogram) {
  std::vector<std::uint64_t> buckets;
  std::uint64_t below = 0;
  const auto append = [&](std::uint64_t cumulative) {
    buckets.push_back(cumulative - below);
    const bool ascending = cumulative >= below;
    below = cumulative;
    return ascending;
  };
  for (const ClientMetric::Bucket& bucket : histogram.bucket) {
    if (std::isfinite(bucket.upper_bound) && !append(bucket.cumulative_count)) {
      return {};
    }
  }
  const bool has_last =
      !histogram.bucket.empty() && std::isinf(histogram.bucket.back().upper_bound);
  return append(has_last ? histogram.bucket.back().cumulative_count : histogram.sample_count)
             ? buckets
             : std::vector<std::uint64_t>{};
}

// The same series as before? One that was removed and made anew may differ.
bool still_fits(const PublishedSeries& series, const MetricFamily& family,
                const ClientMetric& metric) {
  if (series.type != family.type) {
    return false;
  }
  const auto* const histogram = std::get_if<PublishedHistogram>(&series.value);
  return histogram == nullptr || histogram->bounds() == bounds_of(metric.histogram);
}

}  // namespace

PrometheusBridge::Published::Tally PrometheusBridge::Published::add(
    const std::vector<MetricFamily>& families, bool only_remember) {
  ++publication_;
  only_remember_ = only_remember;
  tally_ = {};
  for (const MetricFamily& family : families) {
    SeriesOfFamily& all = families_[family.name];
    for (const ClientMetric& metric : family.metric) {
      const auto [entry, is_new] = all.try_emplace(labels_of(metric));
      PublishedSeries& series = entry->second;
      if (series.publication == publication_) {
        cells::refuse_value();  // The series is there twice: two totals have no difference.
        ++tally_.values_refused;
        continue;
      }
      if (is_new || !still_fits(series, family, metric)) {
        series = declare(family, metric, entry->first);
      }
      series.publication = publication_;
      tally_.values_refused += advance(series, metric) ? 0 : 1;
    }
  }
  forget_removed();
  return tally_;
}

// A gauge that is gone is forgotten. A counter or histogram is remembered: it may only have been
// left out this once, and its whole total would count again when it comes back. One that was made
// anew starts below its former value, a fall like any other.
void PrometheusBridge::Published::forget_removed() {
  const auto is_removed = [&](const auto& entry) {
    const PublishedSeries& series = entry.second;
    if (series.publication == publication_ ||
        std::holds_alternative<PublishedCounter>(series.value) ||
        std::holds_alternative<PublishedHistogram>(series.value)) {
      return false;
    }
    if (const auto* const gauge = std::get_if<PublishedGauge>(&series.value)) {
      gauge->leave();
    }
    return true;
  };
  for (auto& [name, all] : families_) {
    std::erase_if(all, is_removed);
  }
  std::erase_if(families_, [](const auto& family) { return family.second.empty(); });
}

PublishedSeries PrometheusBridge::Published::declare(const MetricFamily& family,
                                                     const ClientMetric& metric,
                                                     const Labels& labels) {
  PublishedSeries series{.type = family.type, .publication = 0, .value = Unpublishable{}};
  const PublishedFamily published{family.name, family.help};
  switch (family.type) {
    case MetricType::Counter:
      series.value = PublishedCounter(published, labels, ticks_per_unit(family.name));
      break;
    case MetricType::Gauge:
    case MetricType::Untyped:
      series.value = PublishedGauge(published, labels, gauge_mode(family.name));
      break;
    case MetricType::Histogram:
      series.value = PublishedHistogram(published, labels, bounds_of(metric.histogram),
                                        ticks_per_unit(family.name));
      break;
    case MetricType::Summary:
      ++tally_.summaries;
      count_loss(layout::Loss::registrations_dropped);
      break;
  }
  return series;
}

bool PrometheusBridge::Published::advance(PublishedSeries& series, const ClientMetric& metric) {
  if (auto* const counter = std::get_if<PublishedCounter>(&series.value)) {
    return counter->advance(metric.counter.value, only_remember_);
  }
  if (auto* const gauge = std::get_if<PublishedGauge>(&series.value)) {
    gauge->set(series.type == MetricType::Untyped ? metric.untyped.value : metric.gauge.value);
    return true;
  }
  if (auto* const histogram = std::get_if<PublishedHistogram>(&series.value)) {
    return histogram->advance(buckets_of(metric.histogram), metric.histogram.sample_sum,
                              only_remember_);
  }
  return true;
}

std::uint64_t PrometheusBridge::Published::ticks_per_unit(const std::string& family) const {
  return options_.ticks_per_unit ? options_.ticks_per_unit(family) : default_ticks_per_unit(family);
}

GaugeMode PrometheusBridge::Published::gauge_mode(const std::string& family) const {
  const GaugeMode mode = options_.gauge_mode ? options_.gauge_mode(family) : GaugeMode::sum;
  // The bridge knows gauges' values, not their increments.
  return mode == GaugeMode::none || mode == GaugeMode::in_flight ? GaugeMode::sum : mode;
}

}  // namespace shmx
