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

bool ends_with_word(std::string_view name, std::string_view word) noexcept {
  return name.ends_with(word) &&
         (name.size() == word.size() || name[name.size() - word.size() - 1] == '_');
}

// A longer help text would cost the family; it is cut between two characters.
std::string short_help(const std::string& help) {
  std::size_t end = std::min(help.size(), layout::kMaxHelpBytes);
  while (end < help.size() && end > 0 && (static_cast<unsigned char>(help[end]) & 0xc0) == 0x80) {
    --end;
  }
  return help.substr(0, end);
}

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
  return histogram == nullptr || histogram->bounds == bounds_of(metric.histogram);
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
        refuse_value();  // The series is there twice; two totals of one series have no difference.
        continue;
      }
      if (is_new || !still_fits(series, family, metric)) {
        series = declare(family, metric, entry->first);
      }
      series.publication = publication_;
      std::visit([&](auto& value) { advance(value, metric); }, series.value);
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
    const auto* const gauge = std::get_if<PublishedGauge>(&series.value);
    if (gauge != nullptr && gauge->mode == GaugeMode::sum) {
      gauge->gauge.set(0);
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
  const std::string help = short_help(family.help);
  switch (family.type) {
    case MetricType::Counter: {
      const std::uint64_t ticks = ticks_per_unit(family.name);
      FamilyDescriptor descriptor;
      descriptor.ticks_per_unit = ticks;
      descriptor.name = family.name;
      descriptor.help = help;
      const SeriesHandle handle = register_series(register_family(descriptor), labels);
      series.value = PublishedCounter{handle.first_cell, ticks, {}};
      break;
    }
    case MetricType::Gauge:
    case MetricType::Untyped: {
      GaugeOptions options;
      options.mode = gauge_mode(family.name);
      series.value = PublishedGauge{gauge(family.name, help, options).labels(labels),
                                    family.type == MetricType::Untyped, options.mode, std::nullopt};
      break;
    }
    case MetricType::Histogram: {
      HistogramOptions options;
      options.bounds = bounds_of(metric.histogram);
      options.ticks_per_unit = ticks_per_unit(family.name);
      options.admits_negative = !options.bounds.empty() && options.bounds.front() < 0;
      series.value = PublishedHistogram{
          histogram(family.name, help, options).labels(labels), options.bounds,
          options.ticks_per_unit,
          HistogramDifference(options.bounds.size() + 1, options.admits_negative)};
      break;
    }
    case MetricType::Summary:
      ++tally_.summaries;
      count_loss(layout::Loss::registrations_dropped);
      break;
  }
  return series;
}

void PrometheusBridge::Published::advance(PublishedCounter& counter, const ClientMetric& metric) {
  const auto ticks = to_ticks(metric.counter.value, counter.ticks_per_unit);
  if (!ticks || *ticks < 0) {
    refuse_value();
    return;
  }
  const std::uint64_t growth = counter.difference.advance(static_cast<std::uint64_t>(*ticks));
  if (growth > 0 && !only_remember_) {
    cells::add(counter.cell, growth);
  }
}

void PrometheusBridge::Published::advance(PublishedGauge& gauge, const ClientMetric& metric) {
  const double value = gauge.untyped ? metric.untyped.value : metric.gauge.value;
  // Only a change is a setting: of the processes' gauges the most recently set one may count.
  if (gauge.last != value) {
    gauge.gauge.set(value);
    gauge.last = value;
  }
}

void PrometheusBridge::Published::advance(PublishedHistogram& histogram,
                                          const ClientMetric& metric) {
  const std::vector<std::uint64_t> buckets = buckets_of(metric.histogram);
  if (buckets.size() != histogram.bounds.size() + 1) {
    refuse_value();
    return;
  }
  const auto growth = histogram.difference.advance(
      buckets, to_ticks(metric.histogram.sample_sum, histogram.ticks_per_unit));
  if (growth.sum_held) {
    refuse_value();
  }
  if (!only_remember_) {
    histogram.histogram.observe_batch(growth.buckets, growth.sum_ticks);
  }
}

std::uint64_t PrometheusBridge::Published::ticks_per_unit(const std::string& family) const {
  return options_.ticks_per_unit ? options_.ticks_per_unit(family) : default_ticks_per_unit(family);
}

GaugeMode PrometheusBridge::Published::gauge_mode(const std::string& family) const {
  const GaugeMode mode = options_.gauge_mode ? options_.gauge_mode(family) : GaugeMode::sum;
  // The bridge knows gauges' values, not their increments.
  return mode == GaugeMode::none || mode == GaugeMode::in_flight ? GaugeMode::sum : mode;
}

std::uint64_t default_ticks_per_unit(std::string_view family) noexcept {
  constexpr std::string_view kTotal = "_total";
  if (family.ends_with(kTotal)) {
    family.remove_suffix(kTotal.size());
  }
  return ends_with_word(family, "seconds") ? kNanosecondTicks : 1000;
}

}  // namespace shmx
