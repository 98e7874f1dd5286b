#include "shm/native_buckets.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace shmx {
namespace {

// A double's fields (IEEE 754 binary64).
constexpr std::uint32_t kFractionBits = std::numeric_limits<double>::digits - 1;
constexpr std::uint64_t kFractionMask = (std::uint64_t{1} << kFractionBits) - 1;
constexpr std::int32_t kExponentBias = std::numeric_limits<double>::max_exponent - 1;

// What is_valid() admits: multiples of 16, so that rounding to the steps of the lowest schema stays
// within them.
constexpr std::int32_t kMinZeroExponent = -1008;
constexpr std::int32_t kMaxZeroExponent = 992;
constexpr std::int32_t kMaxLastExponent = 1008;

// Bounds of schema 8 within one octave: those of lower schemas are among them, so that what is one
// bucket of a lower schema is so to the last bit.
constexpr std::int32_t kStepsPerOctave = 1 << kMaxNativeSchema;

// Equal parts of an octave, so narrow that each holds at most one bound: two neighbouring bounds
// are at least (2^(1/256) - 1) = 1/369 of the octave's beginning apart.
constexpr std::uint32_t kPartBits = kMaxNativeSchema + 1;
static_assert(kStepsPerOctave * 2 == 1 << kPartBits);

struct Octave {
  std::array<double, kStepsPerOctave + 1> bounds{};  ///< [i] is 2^(i/256)
  /// For each part the first bound that is not below the part's beginning.
  std::array<std::uint16_t, 1 << kPartBits> first_bound{};
};

const Octave& octave() noexcept {
  static const Octave octave = [] {
    Octave made;
    for (std::size_t i = 0; i < made.bounds.size(); ++i) {
      made.bounds[i] =
          static_cast<double>(std::exp2(static_cast<long double>(i) / kStepsPerOctave));
    }
    std::uint16_t bound = 0;
    for (std::size_t part = 0; part < made.first_bound.size(); ++part) {
      const double begin = 1 + static_cast<double>(part) / (1 << kPartBits);
      while (made.bounds[bound] < begin) {
        ++bound;
      }
      made.first_bound[part] = bound;
    }
    return made;
  }();
  return octave;
}

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
  // Zero's end and the last bucket's must be bounds there: what they cut is zero's or overflow's as
  // a whole.
  coarse.first_index = coarser(buckets.first_index - 1, steps) + 1;
  const std::int32_t last = buckets.last_index() >> steps;
  coarse.count = static_cast<std::uint32_t>(std::max(last - coarse.first_index + 1, 1));
  return coarse;
}

}  // namespace

bool is_valid(const NativeBuckets& buckets) noexcept {
  if (buckets.schema < kMinNativeSchema || buckets.schema > kMaxNativeSchema ||
      buckets.count == 0 || buckets.count > layout::kMaxNativeBuckets) {
    return false;
  }
  const std::int64_t zero = std::int64_t{buckets.first_index} - 1;
  return zero >= index_of_power(buckets.schema, kMinZeroExponent) &&
         zero <= index_of_power(buckets.schema, kMaxZeroExponent) &&
         zero + buckets.count <= index_of_power(buckets.schema, kMaxLastExponent);
}

double native_bound(std::int32_t schema, std::int32_t index) noexcept {
  if (schema <= 0) {
    const std::int64_t exponent = std::int64_t{index} * (1 << -schema);
    return std::ldexp(1.0, static_cast<int>(std::clamp<std::int64_t>(exponent, -2000, 2000)));
  }
  const auto step = static_cast<std::uint32_t>(index) & ((1U << schema) - 1);
  return std::ldexp(octave().bounds[step << (kMaxNativeSchema - schema)], index >> schema);
}

std::int32_t native_index(std::int32_t schema, double value) noexcept {
  std::int32_t exponent = -kExponentBias;
  if (!std::isnormal(value)) {  // Denormal: as a normal one, 2^64 larger.
    value *= 0x1p64;
    exponent -= 64;
  }
  const auto bits = std::bit_cast<std::uint64_t>(value);
  exponent += static_cast<std::int32_t>(bits >> kFractionBits);
  const std::uint64_t fraction = bits & kFractionMask;
  if (schema <= 0) {
    return coarser(fraction == 0 ? exponent : exponent + 1, -schema);
  }
  const Octave& steps = octave();
  const std::uint32_t bound = steps.first_bound[fraction >> (kFractionBits - kPartBits)];
  const auto mantissa = std::bit_cast<double>(fraction | static_cast<std::uint64_t>(kExponentBias)
                                                             << kFractionBits);  // In [1, 2).
  const auto fine = static_cast<std::int32_t>(bound) + (mantissa > steps.bounds[bound] ? 1 : 0);
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
  if (magnitude == 0) {
    return 0;
  }
  const std::int32_t index = native_index(buckets.schema, magnitude);
  if (index < buckets.first_index) {
    return 0;
  }
  const auto above =
      std::min(static_cast<std::uint32_t>(index - buckets.first_index), buckets.count);
  const std::uint32_t begin = value < 0 && buckets.negative ? buckets.count + 2 : 1;
  return begin + above;
}

NativeBuckets native_buckets(std::int32_t schema, double smallest, double largest,
                             std::uint32_t max_count, bool negative) noexcept {
  NativeBuckets buckets{schema, 0, 0, negative};
  // Written so that NaN is refused, too: it is neither above nor below anything.
  if (schema < kMinNativeSchema || schema > kMaxNativeSchema || !(smallest > 0) ||
      !(largest >= smallest) || !std::isfinite(largest)) {
    return buckets;
  }
  const std::uint32_t limit = std::min(max_count, layout::kMaxNativeBuckets);
  for (;; --buckets.schema) {
    // The zero bucket ends at or below the smallest value.
    const std::int32_t holds = native_index(buckets.schema, smallest);
    const bool at_bound = native_bound(buckets.schema, holds) == smallest;
    buckets.first_index = at_bound ? holds + 1 : holds;
    const std::int32_t last = native_index(buckets.schema, largest);
    buckets.count = static_cast<std::uint32_t>(std::max(last - buckets.first_index + 1, 1));
    if (buckets.count <= limit || buckets.schema == kMinNativeSchema) {
      buckets.count = std::min(buckets.count, limit);
      return buckets;
    }
  }
}

NativeBuckets common(const NativeBuckets& a, const NativeBuckets& b) noexcept {
  const std::int32_t schema = std::min(a.schema, b.schema);
  const NativeBuckets coarse_a = at_schema(a, schema);
  const NativeBuckets coarse_b = at_schema(b, schema);
  NativeBuckets both;
  both.schema = schema;
  both.negative = a.negative || b.negative;
  // The larger zero bucket and the larger overflow, as what is in them cannot be told apart.
  both.first_index = std::max(coarse_a.first_index, coarse_b.first_index);
  const std::int32_t last = std::min(coarse_a.last_index(), coarse_b.last_index());
  both.count = static_cast<std::uint32_t>(std::max(last - both.first_index + 1, 1));
  return both;
}

std::vector<std::uint32_t> native_map(const NativeBuckets& fine, const NativeBuckets& coarse) {
  const std::int32_t steps = fine.schema - coarse.schema;
  std::vector<std::uint32_t> map = {0};
  const auto append = [&](std::uint32_t begin) {
    for (std::int32_t index = fine.first_index; index <= fine.last_index(); ++index) {
      const std::int32_t holds = coarser(index, steps) - coarse.first_index;
      const std::uint32_t above = std::min(static_cast<std::uint32_t>(holds), coarse.count);
      map.push_back(holds < 0 ? 0 : begin + above);
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
