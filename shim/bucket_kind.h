// Which buckets a histogram has: classic ones, whose bounds are chosen, native ones, or both.
#ifndef SHM_EXPORTER_SHIM_BUCKET_KIND_H
#define SHM_EXPORTER_SHIM_BUCKET_KIND_H

#include <cstdint>

namespace shmx {

enum class BucketKind : std::uint8_t {
  classic,
  native,  ///< what Prometheus calls native histograms: exponential buckets, over a range
  both,    ///< for a change from classic to native dashboards; costs both
};

/// The range and the resolution of native buckets. Values below the range are in a bucket of their
/// own, around 0, and those above it in one up to +Inf: neither is lost. A series has a cell of 8
/// bytes per bucket and thread that counts; the defaults, for seconds, are 240 buckets. What makes
/// no buckets (see native_buckets() in shm/native_buckets.h) is refused with its family.
struct NativeOptions {
  /// -4 (a bucket is 16 doublings) to 8 (256 buckets a doubling). 3: each bucket ends 9% above the
  /// one before. Less where the range would need more than max_buckets.
  std::int32_t schema = 3;
  std::uint32_t max_buckets = 320;  ///< at most layout::kMaxNativeBuckets
  double smallest = 0x1p-20;        ///< in units, at least 2^-1008: about a microsecond
  double largest = 0x1p10;          ///< in units, at most 2^1008: about 17 minutes
  friend bool operator==(const NativeOptions&, const NativeOptions&) = default;
};

}  // namespace shmx

#endif  // SHM_EXPORTER_SHIM_BUCKET_KIND_H
