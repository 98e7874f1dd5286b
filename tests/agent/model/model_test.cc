// The plain values, and what a series derives from its labels.
#include "agent/model/model.h"

#include <gtest/gtest.h>

#include <array>
#include <barrier>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <thread>
#include <vector>

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

TEST(Series, HasItsLabelsAsProtobufMessages) {
  EXPECT_EQ(Series({}).label_pairs(), "");
  const std::string longer(200, 'v');
  EXPECT_EQ(Series(Labels{{"a", "\"\n"}, {"b", longer}}).label_pairs(),
            std::string("\x0a\x07\x0a\x01"
                        "a\x12\x02\"\n"
                        "\x0a\xce\x01\x0a\x01"
                        "b\x12\xc8\x01") +
                longer);
}

TEST(Series, MakesTheMessagesOnceForAllThreads) {
  for (int round = 0; round < 50; ++round) {
    const Series series(Labels{{"a", "b"}});
    std::barrier together(4);
    std::array<const std::string*, 4> seen{};
    {
      std::vector<std::jthread> threads;
      threads.reserve(seen.size());
      for (const std::string*& mine : seen) {
        threads.emplace_back([&] {
          together.arrive_and_wait();
          mine = &series.label_pairs();
        });
      }
    }
    EXPECT_EQ(std::set<const std::string*>(seen.begin(), seen.end()).size(), 1U);
  }
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
