#include "shm/native_buckets.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace shmx {
namespace {

// Bounds of schema 8 within one octave: those of lower schemas are among them, so that what is one
// bucket of a lower schema is so to the last bit.
constexpr std::int32_t kStepsPerOctave = 1 << kMaxNativeSchema;

const std::array<double, kStepsPerOctave>& octave() noexcept {
  static const auto bounds = [] {
    std::array<double, kStepsPerOctave> made{};
    for (std::size_t i = 0; i < made.size(); ++i) {
      made[i] = static_cast<double>(std::exp2(static_cast<long double>(i) / kStepsPerOctave));
    }
    return made;
  }();
  return bounds;
}

// Exponents of doubles that are neither 0, denormal nor infinite.
constexpr std::int32_t kMinExponent = std::numeric_limits<double>::min_exponent - 1;
constexpr std::int32_t kMaxExponent = std::numeric_limits<double>::max_exponent - 1;

// 2^exponent in steps of the schema. Schemas below 0 have one bucket for several octaves.
std::int32_t index_of_power(std::int32_t schema, std::int32_t exponent) noexcept {
  return schema >= 0 ? exponent * (1 << schema) : exponent >> -schema;
}

// The bucket of a schema lower by `steps` that holds bucket `index`.
std::int32_t coarser(std::int32_t index, std::int32_t steps) noexcept {
  return ((index - 1) >> steps) + 1;
}

NativeBuckets at_schema(const NativeBuckets& buckets, std::int32_t schema) noexcept {
  const std::int32_t steps = buckets.schema - schema;
  NativeBuckets coarse = buckets;
  coarse.schema = schema;
  // The zero bucket must end at a bound: what is cut by it there is zero's as a whole.
  coarse.first_index = coarser(buckets.first_index - 1, steps) + 1;
  const std::int32_t last = coarser(buckets.last_index(), steps);
  coarse.count = static_cast<std::uint32_t>(std::max(last - coarse.first_index + 1, 1));
  return coarse;
}

}  // namespace

bool is_valid(const NativeBuckets& buckets) noexcept {
  if (buckets.schema < kMinNativeSchema || buckets.schema > kMaxNativeSchema ||
      buckets.count == 0 || buckets.count > layout::kMaxNativeBuckets) {
    return false;
  }
  const std::int64_t first = buckets.first_index;
  return first - 1 >= index_of_power(buckets.schema, kMinExponent) + 1 &&
         first + buckets.count - 1 <= index_of_power(buckets.schema, kMaxExponent);
}

double native_bound(std::int32_t schema, std::int32_t index) noexcept {
  if (schema <= 0) {
    const std::int64_t exponent = std::int64_t{index} * (1 << -schema);
    return std::ldexp(1.0, static_cast<int>(std::clamp<std::int64_t>(exponent, -2000, 2000)));
  }
  const auto step = static_cast<std::uint32_t>(index) & ((1U << schema) - 1);
  return std::ldexp(octave()[step << (kMaxNativeSchema - schema)], index >> schema);
}

std::int32_t native_index(std::int32_t schema, double value) noexcept {
  int exponent = 0;
  const double mantissa = 2 * std::frexp(value, &exponent);  // In [1, 2).
  --exponent;
  if (schema <= 0) {
    const std::int32_t octave_index = mantissa == 1 ? exponent : exponent + 1;
    return coarser(octave_index, -schema);
  }
  const auto& bounds = octave();
  const auto above = std::lower_bound(bounds.begin(), bounds.end(), mantissa);
  const auto fine = static_cast<std::int32_t>(above - bounds.begin());
  return coarser(exponent * kStepsPerOctave + fine, kMaxNativeSchema - schema);
}

double zero_threshold(const NativeBuckets& buckets) noexcept {
  return native_bound(buckets.schema, buckets.first_index - 1);
}

std::int32_t overflow_index(std::int32_t schema) noexcept {
  return index_of_power(schema, std::numeric_limits<double>::max_exponent) + 1;
}

std::uint32_t native_cell(const NativeBuckets& buckets, double value) noexcept {
  const double magnitude = std::abs(value);
  if (magnitude <= zero_threshold(buckets)) {
    return 0;
  }
  const std::int32_t index = native_index(buckets.schema, magnitude);
  const auto above =
      std::min(static_cast<std::uint32_t>(index - buckets.first_index), buckets.count);
  const std::uint32_t begin = value < 0 && buckets.negative ? buckets.count + 2 : 1;
  return begin + above;
}

NativeBuckets native_buckets(std::int32_t schema, double smallest, double largest,
                             std::uint32_t max_count, bool negative) noexcept {
  const std::uint32_t limit = std::clamp(max_count, 1U, layout::kMaxNativeBuckets);
  NativeBuckets buckets;
  buckets.negative = negative;
  for (buckets.schema = std::clamp(schema, kMinNativeSchema, kMaxNativeSchema);; --buckets.schema) {
    // The zero bucket ends at or below the smallest value.
    const std::int32_t holds = native_index(buckets.schema, smallest);
    const bool at_bound = native_bound(buckets.schema, holds) == smallest;
    buckets.first_index = at_bound ? holds + 1 : holds;
    const std::int32_t last = native_index(buckets.schema, largest);
    buckets.count = static_cast<std::uint32_t>(std::max(last - buckets.first_index + 1, 1));
    if (buckets.count <= limit || buckets.schema == kMinNativeSchema) {
      return buckets;
    }
  }
}

NativeBuckets common(const NativeBuckets& a, const NativeBuckets& b) noexcept {
  for (std::int32_t schema = std::min(a.schema, b.schema);; --schema) {
    const NativeBuckets coarse_a = at_schema(a, schema);
    const NativeBuckets coarse_b = at_schema(b, schema);
    NativeBuckets both;
    both.schema = schema;
    both.negative = a.negative || b.negative;
    both.first_index = std::max(coarse_a.first_index, coarse_b.first_index);
    const std::int32_t last =
        std::max({coarse_a.last_index(), coarse_b.last_index(), both.first_index});
    both.count = static_cast<std::uint32_t>(last - both.first_index + 1);
    if (both.count <= layout::kMaxNativeBuckets || schema == kMinNativeSchema) {
      return both;
    }
  }
}

std::vector<std::uint32_t> native_map(const NativeBuckets& fine, const NativeBuckets& coarse) {
  const std::int32_t steps = fine.schema - coarse.schema;
  std::vector<std::uint32_t> map = {0};
  const auto append = [&](std::uint32_t begin) {
    for (std::int32_t index = fine.first_index; index <= fine.last_index(); ++index) {
      const std::int32_t holds = coarser(index, steps) - coarse.first_index;
      map.push_back(holds < 0 ? 0 : begin + static_cast<std::uint32_t>(holds));
    }
    map.push_back(begin + coarse.count);
  };
  append(1);
  if (fine.negative) {
    append(coarse.count + 2);
  }
  return map;
}

}  // namespace shmx
