// Exponential buckets against their definition in a higher precision, and the arithmetic by which
// histograms of different schemas become one.
#include "shm/native_buckets.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <ostream>
#include <random>
#include <string>

namespace shmx {

static void PrintTo(const NativeBuckets& b, std::ostream* out) {
  *out << "schema " << b.schema << ", " << b.count << " from " << b.first_index
       << (b.negative ? ", negative too" : "");
}

namespace test {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kMax = std::numeric_limits<double>::max();
constexpr double kMin = std::numeric_limits<double>::min();
constexpr double kDenormal = std::numeric_limits<double>::denorm_min();

double above(double value) {
  return std::nextafter(value, kInf);
}

double below(double value) {
  return std::nextafter(value, 0);
}

// What the format defines, with 11 bits more than a double has.
long double exact_bound(std::int32_t schema, std::int32_t index) {
  return std::exp2(std::ldexp(static_cast<long double>(index), -schema));
}

class NativeSchema : public testing::TestWithParam<std::int32_t> {
 protected:
  // Indices whose bounds are normal doubles.
  const std::int32_t first_ = static_cast<std::int32_t>(std::ldexp(-1008, GetParam()));
  const std::int32_t last_ = static_cast<std::int32_t>(std::ldexp(1008, GetParam()));
};

TEST_P(NativeSchema, HasTheBoundsOfTheFormatToTheLastBit) {
  for (std::int32_t index = first_; index <= last_; ++index) {
    ASSERT_EQ(native_bound(GetParam(), index), static_cast<double>(exact_bound(GetParam(), index)))
        << index;
  }
}

TEST_P(NativeSchema, HasABoundInTheBucketThatItEndsAndTheNextDoubleInTheNext) {
  for (std::int32_t index = first_; index <= last_; ++index) {
    const double bound = native_bound(GetParam(), index);
    ASSERT_EQ(native_index(GetParam(), bound), index);
    ASSERT_EQ(native_index(GetParam(), below(bound)), index);
    ASSERT_EQ(native_index(GetParam(), above(bound)), index + 1);
  }
}

TEST_P(NativeSchema, HasAnyDoubleBetweenTheBoundsOfItsBucket) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200'000; ++i) {
    const double value = std::ldexp(1 + std::ldexp(static_cast<double>(random() >> 12), -52),
                                    static_cast<int>(random() % 2044) - 1022);
    const std::int32_t index = native_index(GetParam(), value);
    ASSERT_GT(value, native_bound(GetParam(), index - 1)) << index;
    ASSERT_LE(value, native_bound(GetParam(), index)) << index;
  }
}

TEST_P(NativeSchema, HasABucketForTheSmallestAndTheLargestDoubleAndOneBeyondForInfinity) {
  EXPECT_LT(native_bound(GetParam(), native_index(GetParam(), kMin) - 1), kMin);
  EXPECT_GE(native_bound(GetParam(), native_index(GetParam(), kMin)), kMin);
  EXPECT_EQ(native_index(GetParam(), kDenormal),
            static_cast<std::int32_t>(std::ceil(std::ldexp(-1074, GetParam()))));
  EXPECT_EQ(native_index(GetParam(), 3 * kDenormal),
            static_cast<std::int32_t>(std::ceil(
                std::ldexp(std::log2(3 * static_cast<long double>(kDenormal)), GetParam()))));
  EXPECT_EQ(native_index(GetParam(), kMax),
            static_cast<std::int32_t>(std::ldexp(1024, GetParam())));
  EXPECT_EQ(overflow_index(GetParam()), native_index(GetParam(), kMax) + 1);
  EXPECT_EQ(native_bound(GetParam(), native_index(GetParam(), kMax)), kInf);
}

INSTANTIATE_TEST_SUITE_P(, NativeSchema, testing::Range(kMinNativeSchema, kMaxNativeSchema + 1),
                         [](const auto& schema) {
                           return (schema.param < 0 ? "Minus" : "") +
                                  std::to_string(std::abs(schema.param));
                         });

// Buckets as an agent may find them, valid ones only.
NativeBuckets random_buckets(std::mt19937_64& random) {
  const auto below_n = [&](std::uint64_t n) { return static_cast<std::int32_t>(random() % n); };
  for (;;) {
    NativeBuckets buckets;
    buckets.schema = below_n(13) - 4;
    // Mostly ranges that meet those of others, now and then anywhere.
    const std::int32_t exponent = below_n(4) == 0 ? below_n(2100) - 1050 : below_n(40) - 20;
    buckets.first_index =
        static_cast<std::int32_t>(std::ldexp(exponent, buckets.schema)) + below_n(5) - 2;
    buckets.count =
        1 + static_cast<std::uint32_t>(below_n(below_n(4) == 0 ? layout::kMaxNativeBuckets : 12));
    buckets.negative = below_n(2) == 0;
    if (is_valid(buckets)) {
      return buckets;
    }
  }
}

// Values near what distinguishes the cells: bounds, their neighbours, and what is between.
double random_value(std::mt19937_64& random, const NativeBuckets& near) {
  const std::int64_t index =
      near.first_index - 4 + static_cast<std::int64_t>(random() % (near.count + 8));
  const double bound = native_bound(near.schema, static_cast<std::int32_t>(index));
  const double next = native_bound(near.schema, static_cast<std::int32_t>(index + 1));
  const double values[] = {bound,         above(bound), below(bound), bound + (next - bound) * 0.37,
                           bound * 0x1p7, 0.0};
  const double value = values[random() % std::size(values)];
  return random() % 4 == 0 ? -value : value;
}

bool is_overflow(const NativeBuckets& buckets, std::uint32_t cell) {
  return cell == buckets.count + 1 || (buckets.negative && cell == buckets.cells() - 1);
}

TEST(NativeBucketsTest, TheCellOfAValueIsByItsBucketZerosAndOverflowsHaveTheirOwn) {
  const NativeBuckets buckets{0, -1, 3, true};  // (1/4, 1/2], (1/2, 1], (1, 2]
  ASSERT_EQ(buckets.cells(), 9U);
  EXPECT_EQ(zero_threshold(buckets), 0.25);
  const struct {
    double value;
    std::uint32_t cell;
  } cases[] = {{0, 0},           {-0.0, 0},      {kDenormal, 0}, {0.25, 0}, {-0.25, 0},
               {above(0.25), 1}, {0.5, 1},       {0.75, 2},      {1, 2},    {above(1), 3},
               {2, 3},           {above(2), 4},  {kMax, 4},      {-0.3, 5}, {-1, 6},
               {-2, 7},          {-above(2), 8}, {-kMax, 8}};
  for (const auto& [value, cell] : cases) {
    EXPECT_EQ(native_cell(buckets, value), cell) << value;
  }
}

TEST(NativeBucketsTest, BucketsForARangeHoldItAsFinelyAsFits) {
  const struct {
    const char* what;
    std::int32_t schema;
    std::uint32_t max_count;
    double smallest, largest;
    NativeBuckets expected;
  } cases[] = {
      {"microseconds to a quarter of an hour", 3, 320, 0x1p-20, 0x1p10, {3, -159, 240, false}},
      {"one bucket too many", 3, 239, 0x1p-20, 0x1p10, {2, -79, 120, false}},
      {"just as many as fit", 3, 240, 0x1p-20, 0x1p10, {3, -159, 240, false}},
      {"a range that begins within a bucket", 0, 100, 3, 20, {0, 2, 4, false}},
      {"one value at a bound", 2, 100, 4, 4, {2, 9, 1, false}},
      {"one value within a bucket", 2, 100, 4.1, 4.1, {2, 9, 1, false}},
      {"the whole of what doubles can be", 8, 2048, 0x1p-1000, 0x1p1000, {0, -999, 2000, false}},
      {"more than there may be", 8, UINT32_MAX, 1, 0x1p9, {7, 1, 1152, false}},
      {"the lowest schema, cut", 8, 3, 1, 0x1p100, {-4, 1, 3, false}},
  };
  for (const auto& [what, schema, max_count, smallest, largest, expected] : cases) {
    SCOPED_TRACE(what);
    const NativeBuckets made = native_buckets(schema, smallest, largest, max_count, false);
    EXPECT_EQ(made, expected);
    EXPECT_TRUE(is_valid(made));
    EXPECT_LE(zero_threshold(made), smallest);
    EXPECT_TRUE(native_buckets(schema, smallest, largest, max_count, true).negative);
  }
}

TEST(NativeBucketsTest, BucketsForWhatIsNoRangeAreNotValid) {
  const double nan = std::nan("");
  const struct {
    const char* what;
    std::int32_t schema;
    std::uint32_t max_count;
    double smallest, largest;
  } cases[] = {
      {"schema too high", 9, 10, 1, 2},
      {"schema too low", -5, 10, 1, 2},
      {"no such schema at all", INT32_MIN, 10, 1, 2},
      {"smallest zero", 3, 10, 0, 2},
      {"smallest negative", 3, 10, -1, 2},
      {"smallest not a number", 3, 10, nan, 2},
      {"largest not a number", 3, 10, 1, nan},
      {"largest infinite", 3, 10, 1, kInf},
      {"smallest infinite", 3, 10, kInf, kInf},
      {"not ascending", 3, 10, 2, 1},
      {"no buckets", 3, 0, 1, 2},
      {"begins among the denormal", 3, 320, kDenormal, 2},
      {"begins too low", 3, 2048, 0x1p-1009, 2},
      {"ends too high", 3, 2048, 0x1p900, 0x1p1009},
      {"begins too high", 3, 10, 0x1p1001, 0x1p1002},
  };
  for (const auto& [what, schema, max_count, smallest, largest] : cases) {
    EXPECT_FALSE(is_valid(native_buckets(schema, smallest, largest, max_count, false))) << what;
  }
}

TEST(NativeBucketsTest, AnyNumbersAreJudgedAndWhatIsValidStaysSoAtEveryLowerSchema) {
  const std::int32_t schemas[] = {INT32_MIN, -5, -4, -1, 0, 3, 8, 9, 31, 32, INT32_MAX};
  const std::int32_t firsts[] = {
      INT32_MIN, INT32_MIN + 1, -258'048, -258'047, -1008,   -1007,   -64,
      -63,       -62,           0,        1,        62,      63,      64,
      992,       993,           994,      253'952,  253'953, 253'954, 1 << 30,
      INT32_MAX};
  const std::uint32_t counts[] = {0,    1,    2,    63,       125,       126,
                                  2000, 2048, 2049, 1U << 31, INT32_MAX, UINT32_MAX};
  int valid = 0;
  for (const std::int32_t schema : schemas) {
    for (const std::int32_t first : firsts) {
      for (const std::uint32_t count : counts) {
        const NativeBuckets buckets{schema, first, count, false};
        if (!is_valid(buckets)) {
          continue;
        }
        ++valid;
        SCOPED_TRACE(testing::PrintToString(buckets));
        EXPECT_TRUE(std::isnormal(zero_threshold(buckets)));
        EXPECT_TRUE(std::isnormal(native_bound(schema, buckets.last_index())));
        for (std::int32_t lower = kMinNativeSchema; lower <= schema; ++lower) {
          const NativeBuckets any{lower, 1, 1, false};
          EXPECT_TRUE(is_valid(common(buckets, any))) << lower;
        }
      }
    }
  }
  EXPECT_GT(valid, 50);
}

TEST(NativeBucketsTest, TheLimitsOfWhatIsValidAreTheOnesThatAreDocumented) {
  // {schema, zero's end as a power of two, count}: each is at a limit.
  EXPECT_TRUE(is_valid({0, -1007, 2000, false}));
  EXPECT_FALSE(is_valid({0, -1008, 2000, false}));
  EXPECT_TRUE(is_valid({0, 993, 16, false}));
  EXPECT_FALSE(is_valid({0, 993, 17, false}));
  EXPECT_FALSE(is_valid({0, 994, 1, false}));
  EXPECT_TRUE(is_valid({-4, -62, 126, false}));
  EXPECT_FALSE(is_valid({-4, -63, 126, false}));
  EXPECT_FALSE(is_valid({-4, -62, 127, false}));
  EXPECT_TRUE(is_valid({8, 1, 2048, false}));
  EXPECT_FALSE(is_valid({8, 1, 2049, false}));
  EXPECT_FALSE(is_valid({8, 1, 0, false}));
  EXPECT_FALSE(is_valid({9, 1, 1, false}));
  EXPECT_FALSE(is_valid({-5, 1, 1, false}));
}

TEST(NativeBucketsTest, CommonBucketsHoldWhatIsInEithersCellsExactly) {
  std::mt19937_64 random(2);
  int meeting = 0;
  for (int i = 0; i < 3'000; ++i) {
    const NativeBuckets fine = random_buckets(random);
    const NativeBuckets other = random_buckets(random);
    const NativeBuckets coarse = common(fine, other);
    SCOPED_TRACE(testing::PrintToString(fine) + " and " + testing::PrintToString(other));
    ASSERT_TRUE(is_valid(coarse));
    ASSERT_LE(coarse.count, std::min(fine.count, other.count));
    const std::vector<std::uint32_t> map = native_map(fine, coarse);
    ASSERT_EQ(map.size(), fine.cells());
    const double overflow = native_bound(coarse.schema, coarse.last_index());
    const bool meet = overflow <= native_bound(fine.schema, fine.last_index());
    meeting += meet ? 1 : 0;
    for (int n = 0; n < 50; ++n) {
      double value = random_value(random, random() % 2 == 0 ? fine : other);
      value = fine.negative ? value : std::abs(value);
      const std::uint32_t cell = native_cell(fine, value);
      ASSERT_LT(cell, fine.cells());
      if (meet || !is_overflow(fine, cell)) {
        ASSERT_EQ(map[cell], native_cell(coarse, value)) << value;
      }
    }
    EXPECT_EQ(map[fine.count + 1], coarse.count + 1) << "what overflowed is known no better";
    if (fine.negative) {
      EXPECT_EQ(map.back(), coarse.cells() - 1);
    }
  }
  EXPECT_GT(meeting, 300);
}

TEST(NativeBucketsTest, CommonBucketsAreTheSameInAnyOrderAndByAnyWay) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 3'000; ++i) {
    const NativeBuckets a = random_buckets(random);
    const NativeBuckets b = random_buckets(random);
    const NativeBuckets c = random_buckets(random);
    SCOPED_TRACE(testing::PrintToString(a) + "; " + testing::PrintToString(b) + "; " +
                 testing::PrintToString(c));
    const NativeBuckets ab = common(a, b);
    const NativeBuckets abc = common(ab, c);
    ASSERT_EQ(ab, common(b, a));
    ASSERT_EQ(abc, common(a, common(b, c)));
    ASSERT_EQ(abc, common(common(c, a), b));
    ASSERT_EQ(common(a, a), a);
    ASSERT_EQ(common(ab, a), ab);
    const auto direct = native_map(a, abc);
    const auto first = native_map(a, ab);
    const auto second = native_map(ab, abc);
    // With one bucket the ranges may not have met: what overflowed on the way is not known to be
    // of the zero bucket that another has.
    for (std::size_t cell = 0; abc.count > 1 && cell < direct.size(); ++cell) {
      ASSERT_EQ(second[first[cell]], direct[cell]) << cell;
    }
  }
}

TEST(NativeBucketsTest, CommonBucketsAreTheFinestOfTheTwoAllowForIt) {
  // Half the resolution, zero's end rounded up to a bound of it, and the last one's down.
  EXPECT_EQ(common({1, 2, 8, false}, {0, -5, 20, false}), (NativeBuckets{0, 2, 3, false}));
  // Ranges that do not meet: the lower one is zero's.
  EXPECT_EQ(common({3, 1, 8, false}, {3, 101, 8, true}), (NativeBuckets{3, 101, 1, true}));
  // A bucket that is gone in zero's: one remains, as there must be.
  EXPECT_EQ(common({8, 2, 1, false}, {0, -5, 6, false}), (NativeBuckets{0, 2, 1, false}));
}

}  // namespace
}  // namespace test
}  // namespace shmx
