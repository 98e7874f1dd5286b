#include "agent/aggregate/page.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace shmx::aggregate {
namespace {

using Value = std::variant<model::CounterValue, model::GaugeValue, model::HistogramValue>;

constexpr double kNanosecondsPerSecond = 1e9;

model::Ticks total_of(const Totals& totals, Slot first, std::uint32_t count) noexcept {
  model::Ticks total = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    total += totals.total(first + i);
  }
  return total;
}

// Each of these writes a point's value over the one of an earlier epoch, or says that the point is
// not shown in this one.

bool put_counter(const Totals& totals, const PagePoint& point, Value& value) {
  const model::Ticks ticks = totals.total(point.slot);
  value = model::CounterValue{ticks};
  return !point.hidden_at_zero || ticks != 0;
}

void put_slots(const Totals& totals, Slot first, std::uint32_t count,
               std::vector<model::Ticks>& values) {
  values.resize(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    values[i] = totals.total(first + i);
  }
}

/// The native buckets are counted first: what is not in a classic one yet is in the last. Where the
/// family restarted between the two, the classic ones may be ahead by as much for ever: they are
/// cut, which lowers none of the cumulative counts that are shown.
void fit_classic(std::vector<model::Ticks>& buckets, model::Ticks count) {
  for (model::Ticks& bucket : buckets) {
    bucket = std::min(bucket, count);
    count -= bucket;
  }
  buckets.back() += count;
}

bool put_histogram(const Totals& totals, const PagePoint& point, Value& value) {
  auto* histogram = std::get_if<model::HistogramValue>(&value);
  if (histogram == nullptr) {
    histogram = &value.emplace<model::HistogramValue>();
  }
  put_slots(totals, point.slot, point.buckets, histogram->buckets);
  put_slots(totals, point.slot + point.buckets, point.native, histogram->native);
  histogram->sum = totals.total(point.slot + point.buckets + point.native);
  const model::Ticks count = histogram->observations();
  if (point.native != 0 && point.buckets != 0) {
    fit_classic(histogram->buckets, count);
  }
  return !point.hidden_at_zero || count != 0;
}

bool put_gauge(const Totals& totals, const PagePoint& point, Value& value) {
  const GaugeTotal& gauge = totals.gauge(point.slot);
  const double shown = point.form == Form::in_flight
                           ? static_cast<double>(std::max<model::Ticks>(gauge.in_flight, 0))
                           : gauge.value;
  value = model::GaugeValue{shown};
  return gauge.present && !(point.hidden_at_zero && shown == 0);
}

bool put_number(model::Ticks ticks, const PagePoint& point, Value& value) {
  value = model::GaugeValue{model::to_units(ticks, point.ticks_per_unit)};
  return !point.hidden_at_zero || ticks != 0;
}

bool put_job_metric(const PagePoint& point, Value& value) {
  const Job& job = *point.job;
  switch (point.form) {
    case Form::job_started:
      value = model::CounterValue{std::max<std::int64_t>(job.started(), 0)};
      return true;
    case Form::job_ended:
      value = model::CounterValue{job.ended};
      return true;
    case Form::job_newest_start:
      value =
          model::GaugeValue{static_cast<double>(job.newest_start_unix_ns) / kNanosecondsPerSecond};
      return true;
    case Form::job_last_exit:
      value = model::GaugeValue{job.last_exit.value_or(0)};
      return job.last_exit.has_value();
    default:
      value = model::GaugeValue{static_cast<double>(job.processes)};
      return true;
  }
}

bool put_value(const Totals& totals, const PagePoint& point, Value& value) {
  switch (point.form) {
    case Form::counter:
      return put_counter(totals, point, value);
    case Form::histogram:
      return put_histogram(totals, point, value);
    case Form::gauge:
    case Form::in_flight:
      return put_gauge(totals, point, value);
    case Form::counter_number:
    case Form::sum_number:
      return put_number(totals.total(point.slot), point, value);
    case Form::bucket_number:
      return put_number(total_of(totals, point.slot, point.buckets), point, value);
    default:
      return put_job_metric(point, value);
  }
}

void put_state(const PagePoint& point, model::Point& shown) {
  shown.exemplars.clear();
  shown.created_unix_ns = 0;
  if (point.state != nullptr) {
    shown.created_unix_ns = point.state->created_unix_ns;
    point.state->exemplars.show(point.ticks_per_unit, shown.exemplars);
  }
}

/// Fills `shown`, which may hold an earlier epoch's points: its memory is used again.
void put_points(const Totals& totals, const std::vector<PagePoint>& points,
                std::vector<model::Point>& shown) {
  std::size_t count = 0;
  for (const PagePoint& point : points) {
    if (count == shown.size()) {
      shown.emplace_back();
    }
    model::Point& slot = shown[count];
    if (put_value(totals, point, slot.value)) {
      if (slot.series != point.series) {
        slot.series = point.series;
      }
      put_state(point, slot);
      ++count;
    }
  }
  shown.resize(count);
}

}  // namespace

std::shared_ptr<const model::Snapshot> Page::fill(const Totals& totals) {
  std::unique_ptr<model::Snapshot> snapshot = pool_.take();
  std::vector<model::Family>& families = snapshot->families;
  std::size_t count = 0;
  for (const PageFamily& family : families_) {
    if (count == families.size()) {
      families.emplace_back();
    }
    model::Family& shown = families[count];
    put_points(totals, family.points, shown.points);
    if (!shown.points.empty()) {
      shown.info = family.info;
      ++count;
    }
  }
  families.resize(count);
  return pool_.share(std::move(snapshot));
}

}  // namespace shmx::aggregate
