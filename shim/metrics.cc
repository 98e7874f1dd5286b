#include "shim/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "shm/exemplars.h"

namespace shmx {
namespace {

constexpr double kTicksLimit = 9223372036854775807.0;  // Rounds up to 2^63, which no longer fits.

// A value in ticks, rounded to the nearest; beyond 63 bits it is the largest, and the loss counted.
std::int64_t to_ticks(double units, std::uint64_t ticks_per_unit) noexcept {
  const double ticks = units * static_cast<double>(ticks_per_unit);
  if (ticks >= kTicksLimit || ticks <= -kTicksLimit) {
    count_loss(layout::Loss::values_saturated);
    const auto largest = static_cast<std::int64_t>(layout::kCellMax);
    return ticks > 0 ? largest : -largest;
  }
  return std::llrint(ticks);
}

bool takes(const HistogramShape& shape, double value) noexcept {
  return std::isfinite(value) && (value >= 0 || shape.admits_negative);
}

// The one beside the smallest number, which has no negation.
constexpr std::int64_t kSmallestTicks = -std::numeric_limits<std::int64_t>::max();

// The classic bucket of a value, in units or in ticks as the bounds are.
template <typename Value>
std::uint32_t bucket_of(const std::vector<Value>& bounds, Value value) noexcept {
  return static_cast<std::uint32_t>(std::lower_bound(bounds.begin(), bounds.end(), value) -
                                    bounds.begin());
}

FamilyDescriptor describe(FamilyKind kind, std::string_view name, std::string_view help) {
  FamilyDescriptor family;
  family.kind = kind;
  family.name = name;
  family.help = help;
  return family;
}

// The label sets and names come from the application by value; only memory can fail here.
template <typename Body>
FamilyHandle declare(Body body) noexcept {
  try {
    return register_family(body());
  } catch (...) {
    count_loss(layout::Loss::registrations_dropped);
    return {};
  }
}

}  // namespace

std::uint64_t Counter::scaled(std::uint64_t n) const noexcept {
  if (n > layout::kCellMax / ticks_per_unit_) {
    count_loss(layout::Loss::values_saturated);
    return layout::kCellMax;
  }
  return n * ticks_per_unit_;
}

void Counter::add(std::uint64_t n, const SpanContext& span) const noexcept {
  const std::uint64_t ticks = ticks_per_unit_ == 1 ? n : scaled(n);
  cells::add(cell_, ticks);
  if (ticks <= layout::kCellMax) {
    exemplars::keep(exemplar_slot_, static_cast<std::int64_t>(ticks), span);
  }
}

void Counter::add_fraction(double units) const noexcept {
  if (!std::isfinite(units) || units < 0) {
    cells::refuse_value();
    return;
  }
  cells::add(cell_, static_cast<std::uint64_t>(to_ticks(units, ticks_per_unit_)));
}

void Counter::add_fraction(double units, const SpanContext& span) const noexcept {
  add_fraction(units);
  const double ticks = units * static_cast<double>(ticks_per_unit_);
  if (ticks >= 0 && ticks < kTicksLimit) {
    exemplars::keep(exemplar_slot_, std::llrint(ticks), span);
  }
}

void Histogram::observe(double value) const noexcept {
  if (shape_ == nullptr) {
    cells::observe_slow(0, 0, 0, false);
    return;
  }
  if (!takes(*shape_, value)) {
    cells::refuse_value();
    return;
  }
  observe_in(bucket_of(shape_->bounds, value),
             shape_->native ? native_cell(*shape_->native, value) : 0,
             to_ticks(value, shape_->ticks_per_unit));
}

void Histogram::observe(double value, const SpanContext& span) const noexcept {
  observe(value);
  if (exemplar_slot_ == 0 || !takes(*shape_, value)) {
    return;
  }
  const double ticks = value * static_cast<double>(shape_->ticks_per_unit);
  if (std::abs(ticks) < kTicksLimit) {
    keep_exemplar(std::llrint(ticks), span);
  }
}

void Histogram::observe_ticks(std::int64_t ticks, const SpanContext& span) const noexcept {
  observe_ticks(ticks);
  if (exemplar_slot_ != 0 && (ticks >= 0 || shape_->admits_negative)) {
    keep_exemplar(ticks, span);
  }
}

// Each slot has the exemplars of the bucket that the value is in as it will be shown, which is the
// rounded one.
void Histogram::keep_exemplar(std::int64_t ticks, const SpanContext& span) const noexcept {
  std::uint32_t slot = bucket_of(shape_->bound_ticks, ticks);
  if (shape_->native && shape_->classic_cells == 0) {
    slot = native_exemplar_slot(
        *shape_->native, static_cast<double>(ticks) / static_cast<double>(shape_->ticks_per_unit));
  }
  exemplars::keep(exemplar_slot_ + slot, ticks, span);
}

// What admits negative values, or has buckets of both kinds.
void Histogram::observe_any(std::int64_t ticks) const noexcept {
  if (ticks < 0 && !shape_->admits_negative) {
    cells::refuse_value();
    return;
  }
  std::uint32_t cell = 0;
  if (shape_->native) {
    // The smallest number has no magnitude of 63 bits; the largest is in the same bucket.
    const std::int64_t magnitude = ticks >= 0 ? ticks : -std::max(ticks, kSmallestTicks);
    cell = shape_->native_ticks.cell(magnitude);
    if (ticks < 0 && cell != 0) {
      cell += shape_->native->count + 1;
    }
  }
  observe_in(bucket_of(shape_->bound_ticks, ticks), cell, ticks);
}

// Counts in the classic bucket and the native cell, whichever of them the histogram has.
void Histogram::observe_in(std::uint32_t bucket, std::uint32_t native_cell,
                           std::int64_t ticks) const noexcept {
  if (first_cell_ == 0) {
    cells::observe_slow(0, 0, ticks, false);
    return;
  }
  const bool both = shape_->native && shape_->classic_cells != 0;
  const std::uint32_t sum_cell = first_cell_ + shape_->sum_cell;
  const std::uint32_t classic = first_cell_ + bucket;
  const std::uint32_t first =
      shape_->native ? first_cell_ + shape_->classic_cells + native_cell : classic;
  if (shape_->admits_negative) {
    cells::observe_slow(first, sum_cell, ticks, true, both ? classic : 0);
  } else if (both) {
    cells::observe_both(first, classic, sum_cell, ticks);
  } else {
    cells::observe(first, sum_cell, ticks);
  }
}

void Histogram::observe_batch(std::span<const std::uint64_t> buckets,
                              std::int64_t sum_ticks) const noexcept {
  if (shape_ == nullptr || shape_->native || buckets.size() != shape_->bounds.size() + 1 ||
      (sum_ticks < 0 && !shape_->admits_negative)) {
    cells::refuse_value();
    return;
  }
  cells::observe_batch(first_cell_, buckets, sum_ticks, shape_->admits_negative);
}

CounterFamily counter(std::string_view name, std::string_view help,
                      CounterOptions options) noexcept {
  CounterFamily family;
  // A resolution of 0 is refused below, but its handles must not divide by it.
  family.ticks_per_unit_ = std::max<std::uint64_t>(options.ticks_per_unit, 1);
  family.family_ = declare([&] {
    FamilyDescriptor descriptor = describe(FamilyKind::counter, name, help);
    descriptor.ticks_per_unit = options.ticks_per_unit;
    descriptor.unit = options.unit;
    descriptor.exemplars = options.exemplars;
    return descriptor;
  });
  return family;
}

GaugeFamily gauge(std::string_view name, std::string_view help, GaugeOptions options) noexcept {
  GaugeFamily family;
  family.stamped_ = options.mode == GaugeMode::most_recent;
  family.family_ = declare([&] {
    FamilyDescriptor descriptor = describe(FamilyKind::gauge, name, help);
    // in_flight cells are integers that InFlight counts in; a Gauge cannot be one.
    descriptor.mode = options.mode == GaugeMode::in_flight ? GaugeMode::none : options.mode;
    descriptor.unit = options.unit;
    return descriptor;
  });
  return family;
}

InFlightFamily in_flight(std::string_view name, std::string_view help) noexcept {
  InFlightFamily family;
  family.family_ = declare([&] {
    FamilyDescriptor descriptor = describe(FamilyKind::gauge, name, help);
    descriptor.mode = GaugeMode::in_flight;
    return descriptor;
  });
  return family;
}

HistogramFamily histogram(std::string_view name, std::string_view help,
                          HistogramOptions options) noexcept {
  HistogramFamily family;
  family.family_ = declare([&] {
    FamilyDescriptor descriptor = describe(FamilyKind::histogram, name, help);
    descriptor.ticks_per_unit = options.ticks_per_unit;
    descriptor.unit = options.unit;
    descriptor.admits_negative = options.admits_negative;
    descriptor.exemplars = options.exemplars;
    if (options.buckets != BucketKind::native) {
      descriptor.bounds = std::move(options.bounds);
    }
    if (options.buckets != BucketKind::classic) {
      const NativeOptions& native = options.native;
      descriptor.native = native_buckets(native.schema, native.smallest, native.largest,
                                         native.max_buckets, options.admits_negative);
    }
    return descriptor;
  });
  family.shape_ = histogram_shape(family.family_);
  return family;
}

Counter CounterFamily::labels(Labels labels) const noexcept {
  return {register_series(family_, std::move(labels)), ticks_per_unit_};
}

Gauge GaugeFamily::labels(Labels labels) const noexcept {
  return {register_series(family_, std::move(labels)).first_cell, stamped_};
}

InFlight InFlightFamily::labels(Labels labels) const noexcept {
  return InFlight(register_series(family_, std::move(labels)).first_cell);
}

Histogram HistogramFamily::labels(Labels labels) const noexcept {
  return {register_series(family_, std::move(labels)), shape_};
}

}  // namespace shmx
