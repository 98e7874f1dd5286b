// Numbers beside what Go's strconv.FormatFloat(v, 'g', -1, 64) and expfmt print for them.
#include "agent/render/numbers.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace shmx::render {
namespace {

std::string double_text(double value) {
  char buffer[kMaxNumberBytes];
  return {buffer, write_double(buffer, value)};
}

std::string ticks_text(model::Ticks value) {
  char buffer[kMaxNumberBytes];
  return {buffer, write_ticks(buffer, value)};
}

TEST(WriteDouble, PrintsWhatGoPrints) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const std::vector<std::pair<double, const char*>> table = {
      {0, "0"},
      {-0.0, "-0"},
      {1, "1"},
      {-1, "-1"},
      {42, "42"},
      {0.005, "0.005"},
      {0.1, "0.1"},
      {0.1 + 0.2, "0.30000000000000004"},
      {2.5, "2.5"},
      {10, "10"},
      {100000, "100000"},
      {999999, "999999"},
      {999999.5, "999999.5"},
      {1000000, "1e+06"},
      {1234567, "1.234567e+06"},
      {123456789, "1.23456789e+08"},
      {-1000000, "-1e+06"},
      {1e20, "1e+20"},
      {1e21, "1e+21"},
      {1e100, "1e+100"},
      {0.0001, "0.0001"},
      {0.00012, "0.00012"},
      {0.00001, "1e-05"},
      {0.000012, "1.2e-05"},
      {1e-7, "1e-07"},
      {1e-100, "1e-100"},
      {1606044434.25, "1.60604443425e+09"},
      {9007199254740993.0, "9.007199254740992e+15"},
      {std::numeric_limits<double>::max(), "1.7976931348623157e+308"},
      {std::numeric_limits<double>::min(), "2.2250738585072014e-308"},
      {std::numeric_limits<double>::denorm_min(), "5e-324"},
      {std::numeric_limits<double>::quiet_NaN(), "NaN"},
      {-std::numeric_limits<double>::quiet_NaN(), "NaN"},
      {kInfinity, "+Inf"},
      {-kInfinity, "-Inf"},
  };
  for (const auto& [value, text] : table) {
    EXPECT_EQ(double_text(value), text);
  }
}

TEST(WriteDouble, GivesTheSameDoubleAgainWhenParsed) {
  std::mt19937_64 bits(20240229);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t word = bits();
    const double value = std::bit_cast<double>(word);
    if (std::isfinite(value)) {
      const std::string text = double_text(value);
      EXPECT_EQ(std::strtod(text.c_str(), nullptr), value) << text;
    }
  }
}

TEST(WriteTicks, PrintsIntegersInFull) {
  EXPECT_EQ(ticks_text(0), "0");
  EXPECT_EQ(ticks_text(1'000'000), "1000000");
  EXPECT_EQ(ticks_text(-7), "-7");
  EXPECT_EQ(ticks_text(std::numeric_limits<std::int64_t>::max()), "9223372036854775807");
  EXPECT_EQ(ticks_text(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(ticks_text(model::Ticks{1} << 64), "18446744073709551616");
  const model::Ticks largest = ~(model::Ticks{1} << 127);
  EXPECT_EQ(ticks_text(largest), "170141183460469231731687303715884105727");
  EXPECT_EQ(ticks_text(-largest - 1), "-170141183460469231731687303715884105728");
}

TEST(WriteUnits, ConvertsOnlyFractionalResolutions) {
  char buffer[kMaxNumberBytes];
  const auto text = [&](model::Ticks ticks, std::uint64_t per_unit) {
    return std::string(buffer, write_units(buffer, ticks, per_unit));
  };
  EXPECT_EQ(text(1'000'000, 1), "1000000");
  EXPECT_EQ(text(1'500'000'000, 1'000'000'000), "1.5");
  EXPECT_EQ(text(3, 1'000'000'000), "3e-09");
  EXPECT_EQ(text(model::Ticks{1'000'000} * 1'000'000'000, 1'000'000'000), "1e+06");
}

TEST(WriteFloat, IsNeverTakenForAnInteger) {
  const auto text = [](double value) {
    char buffer[kMaxNumberBytes];
    return std::string(buffer, write_float(buffer, value));
  };
  EXPECT_EQ(text(0), "0.0");
  EXPECT_EQ(text(-0.0), "-0.0");
  EXPECT_EQ(text(999999), "999999.0");
  EXPECT_EQ(text(1e6), "1e+06");
  EXPECT_EQ(text(0.25), "0.25");
  EXPECT_EQ(text(std::numeric_limits<double>::max()), "1.7976931348623157e+308");
  EXPECT_EQ(text(std::numeric_limits<double>::infinity()), "+Inf");
  EXPECT_EQ(text(std::numeric_limits<double>::quiet_NaN()), "NaN");
}

TEST(WriteSeconds, IsExact) {
  const auto text = [](std::int64_t ns) {
    char buffer[kMaxNumberBytes];
    return std::string(buffer, write_seconds(buffer, ns));
  };
  EXPECT_EQ(text(0), "0.0");
  EXPECT_EQ(text(1), "0.000000001");
  EXPECT_EQ(text(1'500'000'000), "1.5");
  EXPECT_EQ(text(1'700'000'000'000'000'000), "1700000000.0");
  EXPECT_EQ(text(1'700'000'000'123'456'789), "1700000000.123456789");
  EXPECT_EQ(text(std::numeric_limits<std::int64_t>::max()), "9223372036.854775807");
}

}  // namespace
}  // namespace shmx::render
