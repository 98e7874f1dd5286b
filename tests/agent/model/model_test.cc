// The plain values, and what a series derives from its labels.
#include "agent/model/model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace shmx::model {
namespace {

TEST(Series, WithoutLabelsHasAnEmptyBlock) {
  EXPECT_EQ(Series({}).label_block(), "");
}

TEST(Series, JoinsItsLabelsInTheirOrder) {
  EXPECT_EQ(Series(Labels{{"code", "OK"}, {"job", "shop"}}).label_block(),
            R"(code="OK",job="shop")");
}

TEST(Series, EscapesBackslashNewlineAndQuoteInValuesOnly) {
  EXPECT_EQ(Series(Labels{{"path", "C:\\dir\n\"x\""}}).label_block(), R"(path="C:\\dir\n\"x\"")");
}

TEST(Series, KeepsUtf8AndOtherControlCharactersAsTheyAre) {
  EXPECT_EQ(Series(Labels{{"name", "größe\t\r"}}).label_block(), "name=\"größe\t\r\"");
}

TEST(Series, KeepsAnEmptyValue) {
  EXPECT_EQ(Series(Labels{{"tenant", ""}}).label_block(), R"(tenant="")");
}

TEST(ToUnits, NeverFallsWhileTicksGrow) {
  // Around the places where doubles get coarser than a tick.
  for (const int bits : {52, 53, 54, 62, 63, 64, 90}) {
    Ticks ticks = (Ticks{1} << bits) - 40;
    double before = to_units(ticks, 1'000'000'000);
    for (int step = 0; step < 80; ++step) {
      const double now = to_units(++ticks, 1'000'000'000);
      EXPECT_GE(now, before) << bits << " bits, step " << step;
      before = now;
    }
  }
}

TEST(ToUnits, HoldsMoreThanSixtyFourBits) {
  const Ticks many = Ticks{std::numeric_limits<std::int64_t>::max()} * 1000;
  EXPECT_DOUBLE_EQ(to_units(many, 1), std::ldexp(1000.0, 63));
}

}  // namespace
}  // namespace shmx::model
