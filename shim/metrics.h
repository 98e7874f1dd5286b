// Custom metrics: counters, gauges and histograms that the host's agent exposes for this process'
// job. Needs no gRPC.
//
//   auto orders = shmx::counter("orders_total", "Orders taken.").labels({{"kind", "retail"}});
//   orders.add();
//
// Families and series are resolved once, under a lock; the handles that result are small values to
// copy and keep, usable from any thread without a lock, across fork, and until the process ends.
// Nothing here throws, and nothing fails visibly: a refused name or label, a limit reached or a
// missing directory makes a handle that counts the loss (losses(), and on /metrics). Not for use in
// signal handlers.
//
// Exemplars: a family that was declared with them keeps, of each of its counters and of each bucket
// of its histograms, the latest observation that was given with its span, and when it was. So give
// the spans of sampled traces alone, which can be found again. A kept one costs some 100 ns beside
// the count, 64 bytes per counter or bucket, and no lock; of several threads at one bucket in the
// same instant one is kept. Counts are the same with spans and without.
#ifndef SHM_EXPORTER_SHIM_METRICS_H
#define SHM_EXPORTER_SHIM_METRICS_H

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shim/bucket_kind.h"
#include "shm/cells.h"
#include "shm/descriptor.h"
#include "shm/registry.h"
#include "shm/span_context.h"

namespace shmx {

/// A cell counts nanoseconds.
inline constexpr std::uint64_t kNanosecondTicks = 1'000'000'000;

/// A monotonically increasing number.
class Counter {
 public:
  Counter() noexcept = default;

  /// Adds whole units.
  [[gnu::visibility("hidden"), gnu::always_inline]] void add(std::uint64_t n = 1) const noexcept {
    cells::add(cell_, ticks_per_unit_ == 1 ? n : scaled(n));
  }

  /// The same, made in this span: the counter's exemplar from now on (CounterOptions::exemplars).
  void add(std::uint64_t n, const SpanContext& span) const noexcept;

  /// Adds a fraction, rounded to the family's resolution. NaN, infinite and negative values are
  /// refused and counted.
  void add_fraction(double units) const noexcept;
  void add_fraction(double units, const SpanContext& span) const noexcept;

 private:
  friend class CounterFamily;
  Counter(const SeriesHandle& series, std::uint64_t ticks_per_unit) noexcept
      : cell_(series.first_cell),
        exemplar_slot_(series.exemplar_slot),
        ticks_per_unit_(ticks_per_unit) {}
  std::uint64_t scaled(std::uint64_t n) const noexcept;

  std::uint32_t cell_ = 0;
  std::uint32_t exemplar_slot_ = 0;
  std::uint64_t ticks_per_unit_ = 1;
};

/// A number that goes up and down. Setting is a store, adding a compare-and-swap.
class Gauge {
 public:
  Gauge() noexcept = default;
  [[gnu::visibility("hidden")]] void set(double value) const noexcept {
    cells::set_gauge(cell_, value, stamped_);
  }
  [[gnu::visibility("hidden")]] void add(double delta) const noexcept {
    cells::add_gauge(cell_, delta, stamped_);
  }

 private:
  friend class GaugeFamily;
  Gauge(std::uint32_t cell, bool stamped) noexcept : cell_(cell), stamped_(stamped) {}

  std::uint32_t cell_ = 0;
  bool stamped_ = false;
};

/// How many of something are under way in all live processes: +1 and -1 may come from different
/// threads.
class InFlight {
 public:
  InFlight() noexcept = default;
  [[gnu::visibility("hidden"), gnu::always_inline]] void add(std::int64_t delta) const noexcept {
    cells::add_signed(cell_, delta);
  }

 private:
  friend class InFlightFamily;
  explicit InFlight(std::uint32_t cell) noexcept : cell_(cell) {}
  std::uint32_t cell_ = 0;
};

/// A distribution, in classic buckets, native ones, or both.
class Histogram {
 public:
  Histogram() noexcept = default;

  /// Observes a value in the family's unit. The bucket is chosen on the value as given, the sum
  /// takes it rounded to the resolution. NaN, ±Inf, and negative values (unless admitted) are
  /// refused and counted.
  void observe(double value) const noexcept;

  /// The same, made in this span: its bucket's exemplar from now on (HistogramOptions::exemplars).
  void observe(double value, const SpanContext& span) const noexcept;
  void observe_ticks(std::int64_t ticks, const SpanContext& span) const noexcept;

  /// Adds many observations at once, counted elsewhere: how many per bucket (not cumulative, one
  /// more than bounds; anything else is refused and counted), and the sum of their values in ticks.
  /// A histogram that has native buckets refuses it: which of them it would be is not said.
  void observe_batch(std::span<const std::uint64_t> buckets, std::int64_t sum_ticks) const noexcept;

  /// Observes a value in ticks, for example nanoseconds where the resolution is kNanosecondTicks.
  [[gnu::visibility("hidden"), gnu::always_inline]] void observe_ticks(
      std::int64_t ticks) const noexcept {
    if (shape_ == nullptr) [[unlikely]] {
      cells::observe_slow(0, 0, ticks, false);
      return;
    }
    if (shape_->path != HistogramShape::Path::classic) {
      if (shape_->path == HistogramShape::Path::any || ticks < 0) [[unlikely]] {
        observe_any(ticks);
        return;
      }
      const std::uint32_t cell = shape_->native_ticks.cell(ticks);
      cells::observe(first_cell_ == 0 ? 0 : first_cell_ + cell, first_cell_ + shape_->sum_cell,
                     ticks);
      return;
    }
    if (ticks < 0) [[unlikely]] {
      cells::refuse_value();
      return;
    }
    // A linear search: bounds are few, and most observations end in the first ones.
    const std::int64_t* bound = shape_->bound_ticks.data();
    const auto bounds = static_cast<std::uint32_t>(shape_->bound_ticks.size());
    std::uint32_t bucket = 0;
    while (bucket < bounds && ticks > bound[bucket]) {
      ++bucket;
    }
    cells::observe(first_cell_ == 0 ? 0 : first_cell_ + bucket, first_cell_ + bounds + 1, ticks);
  }

 private:
  friend class HistogramFamily;
  Histogram(const SeriesHandle& series, const HistogramShape* shape) noexcept
      : first_cell_(series.first_cell), exemplar_slot_(series.exemplar_slot), shape_(shape) {}
  void observe_any(std::int64_t ticks) const noexcept;
  void observe_in(std::uint32_t bucket, std::uint32_t native_cell,
                  std::int64_t ticks) const noexcept;
  void keep_exemplar(std::int64_t ticks, const SpanContext& span) const noexcept;

  std::uint32_t first_cell_ = 0;
  std::uint32_t exemplar_slot_ = 0;
  const HistogramShape* shape_ = nullptr;
};

/// Families: what labels() resolves series of. Copies refer to the same family.
class CounterFamily {
 public:
  CounterFamily() noexcept = default;
  Counter labels(Labels labels = {}) const noexcept;

 private:
  friend CounterFamily counter(std::string_view, std::string_view, struct CounterOptions) noexcept;
  FamilyHandle family_;
  std::uint64_t ticks_per_unit_ = 1;
};

class GaugeFamily {
 public:
  GaugeFamily() noexcept = default;
  Gauge labels(Labels labels = {}) const noexcept;

 private:
  friend GaugeFamily gauge(std::string_view, std::string_view, struct GaugeOptions) noexcept;
  FamilyHandle family_;
  bool stamped_ = false;
};

class InFlightFamily {
 public:
  InFlightFamily() noexcept = default;
  InFlight labels(Labels labels = {}) const noexcept;

 private:
  friend InFlightFamily in_flight(std::string_view, std::string_view) noexcept;
  FamilyHandle family_;
};

class HistogramFamily {
 public:
  HistogramFamily() noexcept = default;
  Histogram labels(Labels labels = {}) const noexcept;

 private:
  friend HistogramFamily histogram(std::string_view, std::string_view,
                                   struct HistogramOptions) noexcept;
  FamilyHandle family_;
  const HistogramShape* shape_ = nullptr;
};

struct CounterOptions {
  std::uint64_t ticks_per_unit = 1;  ///< resolution; 1 counts whole units
  std::string unit{};                ///< "seconds", "bytes", or empty
  bool exemplars = false;
};

struct GaugeOptions {
  GaugeMode mode = GaugeMode::sum;  ///< how several processes' values become one
  std::string unit{};
};

struct HistogramOptions {
  /// Upper bounds in units, finite and strictly ascending; +Inf is implied. Default: go's. Without
  /// effect if all buckets are native.
  std::vector<double> bounds = {.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};
  std::uint64_t ticks_per_unit = kNanosecondTicks;  ///< the sum's resolution
  std::string unit{};
  bool admits_negative = false;
  bool exemplars = false;
  BucketKind buckets = BucketKind::classic;
  NativeOptions native{};  ///< without effect if all buckets are classic
};

/// Declare a family. The same declaration again gives the same family. A counter's name ends in
/// _total (the agent shows it as given).
CounterFamily counter(std::string_view name, std::string_view help,
                      CounterOptions options = {}) noexcept;
GaugeFamily gauge(std::string_view name, std::string_view help, GaugeOptions options = {}) noexcept;
InFlightFamily in_flight(std::string_view name, std::string_view help) noexcept;
HistogramFamily histogram(std::string_view name, std::string_view help,
                          HistogramOptions options = {}) noexcept;

}  // namespace shmx

#endif  // SHM_EXPORTER_SHIM_METRICS_H
