// Series of somebody else's registry, published by totals: each knows its cells in the segment and
// the values that it had when it was last looked at, and adds what has grown since. What the
// registry is, and when to look, is its owner's business. Not thread-safe.
#ifndef SHM_EXPORTER_SHIM_PUBLISHED_SERIES_H
#define SHM_EXPORTER_SHIM_PUBLISHED_SERIES_H

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shim/metrics.h"
#include "shim/total_differences.h"

namespace shmx {

/// The resolution unless an option says otherwise: nanoseconds for families of seconds (…_seconds,
/// …_seconds_total), else thousandths. A cell holds 2^63 - 1 ticks: 292 years of nanoseconds,
/// and 9.2e15 units in thousandths, which is beyond 2^53, where a prometheus-cpp counter (a double)
/// itself stops growing by ones. Finer ticks would cost range, coarser ones fractions.
std::uint64_t default_ticks_per_unit(std::string_view family) noexcept;

/// What of a help text there is room for: a longer one would cost the family. It is cut between two
/// characters.
std::string_view short_help(std::string_view help) noexcept;

/// Of whom a series is published. `help` may be longer than there is room for.
struct PublishedFamily {
  std::string_view name;
  std::string_view help;
  std::string_view unit = {};
};

class PublishedCounter {
 public:
  /// May throw std::bad_alloc, as those of the others.
  PublishedCounter(const PublishedFamily& family, const Labels& labels,
                   std::uint64_t ticks_per_unit);

  /// Adds what the total has grown by, unless it is only remembered. False, and a refused value
  /// counted, when it cannot be a counter's.
  bool advance(double total, bool only_remember) noexcept;

 private:
  std::uint32_t cell_;
  std::uint64_t ticks_per_unit_;
  CounterDifference difference_;
};

class PublishedGauge {
 public:
  PublishedGauge(const PublishedFamily& family, const Labels& labels, GaugeMode mode);

  /// Only a change is a setting: of the processes' gauges the most recently set one may count.
  void set(double value) noexcept;

  /// The registry has it no longer: a sum goes on without it, others stay as they were.
  void leave() const noexcept;

 private:
  Gauge gauge_;
  GaugeMode mode_;
  std::optional<double> last_;
};

class PublishedHistogram {
 public:
  /// `bounds` are finite and strictly ascending. The sum may fall if one of them is negative.
  PublishedHistogram(const PublishedFamily& family, const Labels& labels,
                     std::vector<double> bounds, std::uint64_t ticks_per_unit);

  const std::vector<double>& bounds() const noexcept { return bounds_; }

  /// `buckets` are not cumulative, one more than bounds: else the whole is refused. A sum that is
  /// no number stays as it was. False, and a refused value counted, when something was refused.
  bool advance(std::span<const std::uint64_t> buckets, std::optional<double> sum,
               bool only_remember);

 private:
  std::vector<double> bounds_;
  std::uint64_t ticks_per_unit_;
  Histogram histogram_;
  HistogramDifference difference_;
};

}  // namespace shmx

#endif  // SHM_EXPORTER_SHIM_PUBLISHED_SERIES_H
