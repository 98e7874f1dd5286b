#include "shim/published_series.h"

#include <algorithm>
#include <utility>

#include "shm/cells.h"
#include "shm/layout.h"
#include "shm/registry.h"

namespace shmx {
namespace {

bool ends_with_word(std::string_view name, std::string_view word) noexcept {
  return name.ends_with(word) &&
         (name.size() == word.size() || name[name.size() - word.size() - 1] == '_');
}

std::uint32_t counter_cell(const PublishedFamily& family, const Labels& labels,
                           std::uint64_t ticks_per_unit) {
  FamilyDescriptor descriptor;
  descriptor.ticks_per_unit = ticks_per_unit;
  descriptor.name = family.name;
  descriptor.help = short_help(family.help);
  descriptor.unit = family.unit;
  return register_series(register_family(descriptor), labels).first_cell;
}

bool admits_negative(const std::vector<double>& bounds) noexcept {
  return !bounds.empty() && bounds.front() < 0;
}

Histogram declare_histogram(const PublishedFamily& family, const Labels& labels,
                            const std::vector<double>& bounds, std::uint64_t ticks_per_unit) {
  HistogramOptions options;
  options.bounds = bounds;
  options.ticks_per_unit = ticks_per_unit;
  options.unit = family.unit;
  options.admits_negative = admits_negative(bounds);
  return histogram(family.name, short_help(family.help), options).labels(labels);
}

}  // namespace

std::uint64_t default_ticks_per_unit(std::string_view family) noexcept {
  constexpr std::string_view kTotal = "_total";
  if (family.ends_with(kTotal)) {
    family.remove_suffix(kTotal.size());
  }
  return ends_with_word(family, "seconds") ? kNanosecondTicks : 1000;
}

std::string_view short_help(std::string_view help) noexcept {
  std::size_t end = std::min(help.size(), layout::kMaxHelpBytes);
  while (end < help.size() && end > 0 && (static_cast<unsigned char>(help[end]) & 0xc0) == 0x80) {
    --end;
  }
  return help.substr(0, end);
}

PublishedCounter::PublishedCounter(const PublishedFamily& family, const Labels& labels,
                                   std::uint64_t ticks_per_unit)
    : cell_(counter_cell(family, labels, ticks_per_unit)), ticks_per_unit_(ticks_per_unit) {}

bool PublishedCounter::advance(double total, bool only_remember) noexcept {
  const auto ticks = to_ticks(total, ticks_per_unit_);
  if (!ticks || *ticks < 0) {
    cells::refuse_value();
    return false;
  }
  const std::uint64_t growth = difference_.advance(static_cast<std::uint64_t>(*ticks));
  if (growth > 0 && !only_remember) {
    cells::add(cell_, growth);
  }
  return true;
}

PublishedGauge::PublishedGauge(const PublishedFamily& family, const Labels& labels, GaugeMode mode)
    : mode_(mode) {
  GaugeOptions options;
  options.mode = mode;
  options.unit = family.unit;
  gauge_ = gauge(family.name, short_help(family.help), options).labels(labels);
}

void PublishedGauge::set(double value) noexcept {
  if (last_ != value) {
    gauge_.set(value);
    last_ = value;
  }
}

void PublishedGauge::leave() const noexcept {
  if (mode_ == GaugeMode::sum) {
    gauge_.set(0);
  }
}

PublishedHistogram::PublishedHistogram(const PublishedFamily& family, const Labels& labels,
                                       std::vector<double> bounds, std::uint64_t ticks_per_unit)
    : bounds_(std::move(bounds)),
      ticks_per_unit_(ticks_per_unit),
      histogram_(declare_histogram(family, labels, bounds_, ticks_per_unit)),
      difference_(bounds_.size() + 1, admits_negative(bounds_)) {}

bool PublishedHistogram::advance(std::span<const std::uint64_t> buckets, std::optional<double> sum,
                                 bool only_remember) {
  if (buckets.size() != bounds_.size() + 1) {
    cells::refuse_value();
    return false;
  }
  const auto growth = difference_.advance(
      buckets, sum ? to_ticks(*sum, ticks_per_unit_) : std::optional<std::int64_t>());
  if (growth.sum_held) {
    cells::refuse_value();
  }
  if (!only_remember) {
    histogram_.observe_batch(growth.buckets, growth.sum_ticks);
  }
  return !growth.sum_held;
}

}  // namespace shmx
