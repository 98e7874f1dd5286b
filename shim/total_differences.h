// What a running total has grown by since it was last looked at, in ticks: how bridges turn totals
// that somebody else keeps into increments. Plain values; not thread-safe.
#ifndef SHM_EXPORTER_SHIM_TOTAL_DIFFERENCES_H
#define SHM_EXPORTER_SHIM_TOTAL_DIFFERENCES_H

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace shmx {

/// A total in ticks, rounded to the nearest and cut to what a cell holds; nothing for NaN and for
/// the infinities. Monotonic, so that a total that grows never seems to fall: the total is rounded,
/// not its growth, and so the error never exceeds half a tick however often one looks.
std::optional<std::int64_t> to_ticks(double units, std::uint64_t ticks_per_unit) noexcept;

/// A counter's total.
class CounterDifference {
 public:
  /// What to add for this total. A fall is a reset: all of the new total is growth.
  std::uint64_t advance(std::uint64_t ticks) noexcept;

 private:
  std::uint64_t last_ = 0;
};

/// A histogram's totals.
class HistogramDifference {
 public:
  /// `signed_sum`: the sum may fall, because negative values are observed.
  HistogramDifference(std::size_t buckets, bool signed_sum)
      : last_buckets_(buckets), increments_(buckets), signed_sum_(signed_sum) {}

  struct Growth {
    std::span<const std::uint64_t> buckets;  ///< valid until the next advance()
    std::int64_t sum_ticks;
    bool sum_held;  ///< the sum fell, although it must not: it stays until it has caught up
  };

  /// What to add for these totals: observations per bucket (not cumulative), as many as the
  /// histogram has buckets, and the sum where it is a number. A bucket that falls is a reset of the
  /// whole.
  Growth advance(std::span<const std::uint64_t> buckets, std::optional<std::int64_t> sum_ticks);

 private:
  std::vector<std::uint64_t> last_buckets_;
  std::vector<std::uint64_t> increments_;
  std::int64_t last_sum_ = 0;
  bool signed_sum_;
};

}  // namespace shmx

#endif  // SHM_EXPORTER_SHIM_TOTAL_DIFFERENCES_H
