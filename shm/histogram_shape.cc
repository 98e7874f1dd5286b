#include "shm/histogram_shape.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace shmx {
namespace {

std::int64_t saturated(double ticks) noexcept {
  if (ticks >= 0x1p63 || ticks <= -0x1p63) {
    return ticks > 0 ? std::numeric_limits<std::int64_t>::max()
                     : std::numeric_limits<std::int64_t>::min();
  }
  return static_cast<std::int64_t>(ticks);
}

}  // namespace

std::int64_t largest_ticks(double bound, std::uint64_t ticks_per_unit) noexcept {
  const auto scale = static_cast<double>(ticks_per_unit);
  // The answer is near the product, by some of its last bits.
  const double near = std::clamp(bound * scale, -0x1p64, 0x1p64);
  const double error = 2 + std::abs(near) * 0x1p-50;
  std::int64_t low = saturated(near - error);
  std::int64_t high = saturated(near + error);
  while (low < high) {
    const std::int64_t middle = std::midpoint(high, low);  // Rounded towards `high`.
    if (static_cast<double>(middle) / scale <= bound) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

// Parts are 2^-(schema+1) of an octave's beginning wide, and buckets at least 0.69 * 2^-schema: so
// two tick counts of one part are in the same bucket or in neighbouring ones.
NativeTicks::NativeTicks(const NativeBuckets& buckets, std::uint64_t ticks_per_unit)
    : unit_per_tick_(1 / static_cast<double>(ticks_per_unit)),
      shift_(static_cast<std::uint32_t>(std::numeric_limits<double>::digits - 1 -
                                        std::max(buckets.schema + 1, 1))),
      overflow_cell_(buckets.count + 1) {
  for (std::uint32_t cell = 0; cell <= buckets.count; ++cell) {
    const std::int32_t index = buckets.first_index - 1 + static_cast<std::int32_t>(cell);
    last_ticks_.push_back(largest_ticks(native_bound(buckets.schema, index), ticks_per_unit));
  }
  constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
  const std::int64_t zeros = last_ticks_[0];
  first_part_ = zeros == kLargest ? kLargest : part_of(zeros + 1);
  if (part_of(zeros) == first_part_) {
    parts_.push_back(0);
  }
  for (std::uint32_t cell = 1; cell <= buckets.count; ++cell) {
    const std::int64_t before = last_ticks_[cell - 1];
    if (last_ticks_[cell] == before) {
      continue;  // Narrower than a tick, or beyond the largest one: never met.
    }
    const std::int64_t end = part_of(last_ticks_[cell]) + 1 - first_part_;
    parts_.resize(std::max(parts_.size(), static_cast<std::size_t>(end)),
                  static_cast<std::uint16_t>(cell));
  }
  part_count_ = parts_.size();
}

HistogramShape::HistogramShape(const FamilyDescriptor& family)
    : admits_negative(family.admits_negative),
      classic_cells(classic_cells_of(family)),
      sum_cell(cells_of(family) - 1),
      ticks_per_unit(family.ticks_per_unit),
      bounds(family.bounds),
      native(family.native) {
  for (const double bound : bounds) {
    bound_ticks.push_back(largest_ticks(bound, ticks_per_unit));
  }
  if (native) {
    native_ticks = NativeTicks(*native, ticks_per_unit);
  }
  if (admits_negative || (native && classic_cells != 0)) {
    path = Path::any;
  } else if (native) {
    path = Path::native;
  }
}

}  // namespace shmx
