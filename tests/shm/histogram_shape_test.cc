// How an observation finds its bucket, against what its bucket is by definition.
#include "shm/histogram_shape.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "shm/native_buckets.h"

namespace shmx::test {
namespace {

constexpr std::int64_t kMaxTicks = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMinTicks = std::numeric_limits<std::int64_t>::min();

struct Resolution {
  std::int32_t schema;
  std::uint64_t ticks_per_unit;
};

class NativeTicksTest : public testing::TestWithParam<Resolution> {
 protected:
  static double units(std::int64_t ticks) {
    return static_cast<double>(ticks) / static_cast<double>(GetParam().ticks_per_unit);
  }

  // Every tick count at which the bucket may change, with its neighbours.
  static std::vector<std::int64_t> boundaries(const NativeBuckets& buckets) {
    std::vector<std::int64_t> ticks = {0, 1, 2, kMaxTicks, kMaxTicks - 1};
    for (std::int32_t index = buckets.first_index - 1; index <= buckets.last_index(); ++index) {
      const std::int64_t last =
          largest_ticks(native_bound(buckets.schema, index), GetParam().ticks_per_unit);
      for (std::int64_t by = -2; by <= 2; ++by) {
        ticks.push_back(last > kMaxTicks - 2 ? last - std::abs(by)
                                             : std::max<std::int64_t>(last + by, 0));
      }
    }
    return ticks;
  }
};

TEST_P(NativeTicksTest, FindTheBucketOfEveryValue) {
  const auto [schema, ticks_per_unit] = GetParam();
  std::mt19937_64 random(4);
  const struct {
    double smallest, largest;
  } ranges[] = {{0x1p-20, 0x1p10}, {0.5, 0x1p32},      {0x1p-45, 0x1p-30}, {0x1p20, 0x1p24},
                {0x1p-5, 0x1p-5},  {0x1p-60, 0x1p-50}, {0x1p62, 0x1p70},   {0x1p100, 0x1p110},
                {1.1, 1.3},        {0x1p-40, 0x1p63}};
  for (const auto& [smallest, largest] : ranges) {
    const NativeBuckets buckets =
        native_buckets(schema, smallest, largest, layout::kMaxNativeBuckets, false);
    SCOPED_TRACE("from " + std::to_string(smallest) + " to " + std::to_string(largest) +
                 ", schema " + std::to_string(buckets.schema));
    ASSERT_TRUE(is_valid(buckets));
    const NativeTicks native(buckets, ticks_per_unit);
    std::vector<std::int64_t> all = boundaries(buckets);
    for (int i = 0; i < 20'000; ++i) {
      // Of any magnitude.
      all.push_back(static_cast<std::int64_t>(random() >> (1 + random() % 63)));
    }
    for (const std::int64_t ticks : all) {
      ASSERT_EQ(native.cell(ticks), native_cell(buckets, units(ticks))) << ticks << " ticks";
    }
  }
}

TEST_P(NativeTicksTest, FindTheBucketOfEachOfTheFirstTicks) {
  const auto [schema, ticks_per_unit] = GetParam();
  const NativeBuckets buckets =
      native_buckets(schema, units(1) / 3, units(1 << 16), layout::kMaxNativeBuckets, false);
  const NativeTicks native(buckets, ticks_per_unit);
  for (std::int64_t ticks = 0; ticks <= 1 << 17; ++ticks) {
    ASSERT_EQ(native.cell(ticks), native_cell(buckets, units(ticks))) << ticks << " ticks";
  }
}

std::vector<Resolution> resolutions() {
  std::vector<Resolution> all;
  for (std::int32_t schema = kMinNativeSchema; schema <= kMaxNativeSchema; ++schema) {
    for (const std::uint64_t ticks_per_unit :
         {std::uint64_t{1}, std::uint64_t{3}, std::uint64_t{1'000}, std::uint64_t{1'000'000'000},
          std::uint64_t{1'000'000'000'000}}) {
      all.push_back({schema, ticks_per_unit});
    }
  }
  return all;
}
INSTANTIATE_TEST_SUITE_P(, NativeTicksTest, testing::ValuesIn(resolutions()), [](const auto& row) {
  return std::string(row.param.schema < 0 ? "Minus" : "") +
         std::to_string(std::abs(row.param.schema)) + "_" +
         std::to_string(row.param.ticks_per_unit);
});

TEST(LargestTicksTest, AreTheLastWhoseValueIsNotAboveTheBound) {
  const struct {
    double bound;
    std::uint64_t ticks_per_unit;
    std::int64_t expected;
  } cases[] = {{0.005, 1'000'000'000, 5'000'000},
               {0, 1, 0},
               {-0.5, 1, -1},
               {1.5, 1, 1},
               {1e300, 1, kMaxTicks},
               {1.7e308, 1'000'000'000'000, kMaxTicks},
               {-1e300, 1, kMinTicks},
               // 2^53 + 1 is 2^53 as a double, and 2^53 + 3 the tie that becomes 2^53 + 4.
               {0x1p53, 1, (std::int64_t{1} << 53) + 1},
               {0x1p53 + 2, 1, (std::int64_t{1} << 53) + 2}};
  for (const auto& [bound, ticks_per_unit, expected] : cases) {
    EXPECT_EQ(largest_ticks(bound, ticks_per_unit), expected) << bound;
  }
  std::mt19937_64 random(6);
  for (int i = 0; i < 100'000; ++i) {
    const double ticks_per_unit = std::ceil(std::exp2(static_cast<double>(random() % 400) / 10));
    const auto fraction = static_cast<double>(random() >> 11) * 0x1p-53;
    const double bound =
        std::ldexp((random() % 2 == 0 ? 1 : -1) * fraction, static_cast<int>(random() % 64)) /
        ticks_per_unit;
    const std::int64_t last = largest_ticks(bound, static_cast<std::uint64_t>(ticks_per_unit));
    ASSERT_LE(static_cast<double>(last) / ticks_per_unit, bound) << ticks_per_unit;
    ASSERT_GT(static_cast<double>(last + 1) / ticks_per_unit, bound) << ticks_per_unit;
  }
}

}  // namespace
}  // namespace shmx::test
