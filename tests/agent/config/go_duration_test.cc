// Durations as Go writes them.
#include "agent/config/go_duration.h"

#include <gtest/gtest.h>

namespace shmx::config {
namespace {

using std::chrono::nanoseconds;

TEST(GoDuration, IsNumbersWithUnits) {
  EXPECT_EQ(parse_go_duration("0"), nanoseconds(0));
  EXPECT_EQ(parse_go_duration("0s"), nanoseconds(0));
  EXPECT_EQ(parse_go_duration("1ns"), nanoseconds(1));
  EXPECT_EQ(parse_go_duration("2us"), nanoseconds(2'000));
  EXPECT_EQ(parse_go_duration("2\u00b5s"), nanoseconds(2'000));
  EXPECT_EQ(parse_go_duration("2\u03bcs"), nanoseconds(2'000));
  EXPECT_EQ(parse_go_duration("300ms"), std::chrono::milliseconds(300));
  EXPECT_EQ(parse_go_duration("1.5h"), std::chrono::minutes(90));
  EXPECT_EQ(parse_go_duration("1h2m3s4ms"), nanoseconds(3'723'004'000'000));
}

TEST(GoDuration, IsNothingElse) {
  for (const auto* text : {"", "1", "s", "-1s", "+1s", "1 s", "1s ", "1d", "1.2.3s", ".s", "1e3s",
                           "1m1", "infs", "0x1s", "99999999999999999999h", "2562048h"}) {
    EXPECT_EQ(parse_go_duration(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace shmx::config
