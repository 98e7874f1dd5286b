#include "shim/total_differences.h"

#include <cmath>
#include <limits>

#include "shm/layout.h"

namespace shmx {
namespace {

constexpr auto kLimit = static_cast<std::int64_t>(layout::kCellMax);

std::int64_t difference(std::int64_t now, std::int64_t before) noexcept {
  std::int64_t result = 0;
  if (__builtin_sub_overflow(now, before, &result)) {
    return now > before ? kLimit : -kLimit;
  }
  return result;
}

}  // namespace

std::optional<std::int64_t> to_ticks(double units, std::uint64_t ticks_per_unit) noexcept {
  const double ticks = std::nearbyint(units * static_cast<double>(ticks_per_unit));
  if (!std::isfinite(units)) {
    return std::nullopt;
  }
  // kLimit itself is no double; the next double above it is 2^63.
  if (std::abs(ticks) >= static_cast<double>(layout::kCellMax)) {
    return ticks > 0 ? kLimit : -kLimit;
  }
  return static_cast<std::int64_t>(ticks);
}

std::uint64_t CounterDifference::advance(std::uint64_t ticks) noexcept {
  const std::uint64_t growth = ticks >= last_ ? ticks - last_ : ticks;
  last_ = ticks;
  return growth;
}

HistogramDifference::Growth HistogramDifference::advance(std::span<const std::uint64_t> buckets,
                                                         std::optional<std::int64_t> sum_ticks) {
  bool reset = false;
  for (std::size_t i = 0; i < last_buckets_.size(); ++i) {
    reset = reset || buckets[i] < last_buckets_[i];
  }
  if (reset) {
    last_buckets_.assign(last_buckets_.size(), 0);
    last_sum_ = 0;
  }
  for (std::size_t i = 0; i < last_buckets_.size(); ++i) {
    increments_[i] = buckets[i] - last_buckets_[i];
    last_buckets_[i] = buckets[i];
  }
  Growth growth{.buckets = increments_, .sum_ticks = 0, .sum_held = false};
  if (!sum_ticks || (!signed_sum_ && *sum_ticks < last_sum_)) {
    growth.sum_held = true;
    return growth;
  }
  growth.sum_ticks = difference(*sum_ticks, last_sum_);
  last_sum_ = *sum_ticks;
  return growth;
}

}  // namespace shmx
