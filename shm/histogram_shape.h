// What all histograms of a family share, derived once from its descriptor: how an observation finds
// its buckets, and where their cells are within a series. Plain values; nothing is counted here.
#ifndef SHM_EXPORTER_SHM_HISTOGRAM_SHAPE_H
#define SHM_EXPORTER_SHM_HISTOGRAM_SHAPE_H

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "shm/descriptor.h"
#include "shm/native_buckets.h"

namespace shmx {

/// The native cell of a tick count, without a search: the upper bits of the value's double say in
/// which part of an octave it is, each part holds at most one bucket's end, and one comparison of
/// ticks tells the two sides of it apart. Comparing ticks makes it exact: the double need only be
/// near, and must not fall where the ticks rise.
class NativeTicks {
 public:
  NativeTicks() = default;
  NativeTicks(const NativeBuckets& buckets, std::uint64_t ticks_per_unit);

  /// The cell among the native ones: native_cell() of the ticks as rendering converts them.
  /// Ticks are not negative.
  [[gnu::visibility("hidden"), gnu::always_inline]] std::uint32_t cell(
      std::int64_t ticks) const noexcept {
    const std::int64_t part = part_of(ticks) - first_part_;
    if (static_cast<std::uint64_t>(part) < part_count_) [[likely]] {
      const std::uint32_t candidate = parts_[static_cast<std::size_t>(part)];
      return candidate + (ticks > last_ticks_[candidate] ? 1 : 0);
    }
    return part < 0 ? 0 : overflow_cell_;
  }

 private:
  [[gnu::visibility("hidden"), gnu::always_inline]] std::int64_t part_of(
      std::int64_t ticks) const noexcept {
    const double units = static_cast<double>(ticks) * unit_per_tick_;
    return static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(units) >> shift_);
  }

  double unit_per_tick_ = 0;
  std::uint32_t shift_ = 0;
  std::uint32_t overflow_cell_ = 0;
  std::int64_t first_part_ = 0;
  std::uint64_t part_count_ = 0;
  std::vector<std::uint16_t> parts_;      ///< the lowest cell of each part, about two per bucket
  std::vector<std::int64_t> last_ticks_;  ///< the largest that zero's cell and each bucket takes
};

struct HistogramShape {
  /// Which of the ways to observe is right; the first two are worth being inlined.
  enum class Path : std::uint8_t { classic, native, any };

  HistogramShape() = default;
  /// Of a histogram's descriptor that has no problem.
  explicit HistogramShape(const FamilyDescriptor& family);

  Path path = Path::classic;
  bool admits_negative = false;
  std::uint32_t classic_cells = 1;  ///< 0 when all buckets are native
  std::uint32_t sum_cell = 1;       ///< counted from a series' first
  std::uint64_t ticks_per_unit = 1;
  std::vector<double> bounds;             ///< in units, ascending
  std::vector<std::int64_t> bound_ticks;  ///< the largest tick count that each bucket takes
  NativeTicks native_ticks;
  std::optional<NativeBuckets> native;
};

/// The largest tick count whose value in units is at most `bound`, as rendering converts it; the
/// smallest number when there is none.
std::int64_t largest_ticks(double bound, std::uint64_t ticks_per_unit) noexcept;

}  // namespace shmx

#endif  // SHM_EXPORTER_SHM_HISTOGRAM_SHAPE_H
