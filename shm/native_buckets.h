// Exponential buckets, which Prometheus calls native: bucket i of schema n is ((2^(2^-n))^(i-1),
// (2^(2^-n))^i], so a higher schema is a higher resolution, and two neighbouring buckets of schema
// n are exactly one of schema n-1 (https://prometheus.io/docs/specs/native_histograms).
//
// Here the range is chosen with the schema: smaller values are in the zero bucket, which ends where
// the first bucket begins, and larger ones in an overflow bucket, shown where Prometheus has the
// observations of +Inf. So a histogram never grows, and where it saturates can be seen.
#ifndef SHM_EXPORTER_SHM_NATIVE_BUCKETS_H
#define SHM_EXPORTER_SHM_NATIVE_BUCKETS_H

#include <cstdint>
#include <vector>

#include "shm/layout.h"

namespace shmx {

inline constexpr std::int32_t kMinNativeSchema = -4;
inline constexpr std::int32_t kMaxNativeSchema = 8;

/// Which buckets a histogram has. Its cells: zero's; `count` positive ones; overflow's; and if it
/// has negative ones, `count` of them by ascending magnitude and their overflow's.
struct NativeBuckets {
  std::int32_t schema = 3;
  std::int32_t first_index = 0;  ///< of the first positive bucket
  std::uint32_t count = 0;       ///< positive buckets, 1..kMaxNativeBuckets
  bool negative = false;
  // clang-tidy 14 takes the 0 in a defaulted <=> for a pointer.
  friend auto operator<=>(const NativeBuckets&,
                          const NativeBuckets&) = default;  // NOLINT(modernize-use-nullptr)

  std::uint32_t cells() const noexcept { return count + 2 + (negative ? count + 1 : 0); }

  std::int32_t last_index() const noexcept {
    return first_index + static_cast<std::int32_t>(count) - 1;
  }
};

/// Whether the schema is a known one, the buckets are 1..kMaxNativeBuckets, the zero bucket ends
/// between 2^-1008 and 2^992, and the last bucket at 2^1008 at most: then all bounds are normal
/// doubles, and so are those of the same buckets at every lower schema. Any numbers may be asked;
/// the functions below are for valid ones.
bool is_valid(const NativeBuckets& buckets) noexcept;

/// The upper bound of a bucket: 2^(index * 2^-schema), rounded to the nearest double; +Inf beyond.
double native_bound(std::int32_t schema, std::int32_t index) noexcept;

/// The bucket that holds a positive, finite value. Without a search.
std::int32_t native_index(std::int32_t schema, double value) noexcept;

/// Where the zero bucket ends: |value| <= zero_threshold.
double zero_threshold(const NativeBuckets& buckets) noexcept;

/// The index under which overflow is shown: Prometheus' for +Inf, one beyond the largest double's.
std::int32_t overflow_index(std::int32_t schema) noexcept;

/// The cell of a finite value, 0..cells()-1.
std::uint32_t native_cell(const NativeBuckets& buckets, double value) noexcept;

/// Buckets from `smallest` to `largest` in at most `max_count` buckets (up to kMaxNativeBuckets):
/// of this schema, or of a lower one if it needs more; where the lowest does, the largest values
/// overflow. Not valid, and with a count of 0, when there are no such buckets: an unknown schema,
/// no bucket, or bounds that are not positive, finite and ascending.
NativeBuckets native_buckets(std::int32_t schema, double smallest, double largest,
                             std::uint32_t max_count, bool negative) noexcept;

/// The finest buckets that the cells of both can be mapped to exactly, as far as their ranges meet:
/// of the lower schema, the larger zero bucket and the larger overflow. Where the ranges do not
/// meet, what overflowed from the lower one stays overflow, though it may be of the other's zero
/// bucket. Never more buckets than the smaller of the two has. In any order of any number of them
/// the result is the same.
NativeBuckets common(const NativeBuckets& a, const NativeBuckets& b) noexcept;

/// For each cell of `fine` the cell of `coarse` that holds it; `coarse` is common() of `fine` and
/// others. What overflowed before stays overflow: its values are not known.
std::vector<std::uint32_t> native_map(const NativeBuckets& fine, const NativeBuckets& coarse);

}  // namespace shmx

#endif  // SHM_EXPORTER_SHM_NATIVE_BUCKETS_H
