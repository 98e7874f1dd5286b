// How the values of OTLP's settings are written.
#include "agent/config/otlp_values.h"

#include <gmock/gmock.h>

namespace shmx::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;
using testing::Pair;

TEST(OtlpValues, NumbersHaveOneOfTheUnits) {
  EXPECT_THAT(number_in("500ms", kDurationUnits), Optional(500));
  EXPECT_THAT(number_in("10s", kDurationUnits), Optional(10'000));
  EXPECT_THAT(number_in("2m", kDurationUnits), Optional(120'000));
  EXPECT_THAT(number_in("1h", kDurationUnits), Optional(3'600'000));
  EXPECT_THAT(number_in("1d", kDurationUnits), Optional(86'400'000));
  EXPECT_THAT(number_in("10", kNoUnit), Optional(10));
  EXPECT_THAT(number_in("4096", kSizeUnits), Optional(4096));
  EXPECT_THAT(number_in("4096B", kSizeUnits), Optional(4096));
  EXPECT_THAT(number_in("4KiB", kSizeUnits), Optional(4096));
  EXPECT_THAT(number_in("4MiB", kSizeUnits), Optional(4 << 20));
  EXPECT_THAT(number_in("1GiB", kSizeUnits), Optional(1 << 30));
}

TEST(OtlpValues, WhatIsNoNumberOrTooLargeIsNothing) {
  for (const auto* text : {"", "s", "-1s", "+1s", "1.5s", " 1s", "1 s", "1s ", "1S", "10", "0x1s",
                           "18446744073709551616s", "18446744073709551615s"}) {
    EXPECT_EQ(number_in(text, kDurationUnits), std::nullopt) << text;
  }
}

TEST(OtlpValues, PairsArePercentDecodedWithoutTheBlanksAround) {
  EXPECT_THAT(pairs_in("a=1,b=2").value(), ElementsAre(Pair("a", "1"), Pair("b", "2")));
  EXPECT_THAT(pairs_in(" a = 1 ,\tb =\t2 3 ").value(),
              ElementsAre(Pair("a", "1"), Pair("b", "2 3")));
  EXPECT_THAT(pairs_in("%61%2c=%3D%2C%20%c3%A9").value(), ElementsAre(Pair("a,", "=, \xc3\xa9")));
  EXPECT_THAT(pairs_in("a=b=c;d").value(), ElementsAre(Pair("a", "b=c;d")));
  EXPECT_THAT(pairs_in("a=").value(), ElementsAre(Pair("a", "")));
  EXPECT_THAT(pairs_in(",a=1, ,").value(), ElementsAre(Pair("a", "1")));
  EXPECT_THAT(pairs_in("").value(), IsEmpty());
}

TEST(OtlpValues, WhatIsNoPairIsNothing) {
  for (const auto* text : {"a", "a=1,b", "=1", " =1", "a=%", "a=%4", "a=%4g", "a=%zz", "%4=1",
                           "a=%-1", "a=% 1", "a=1,b=%"}) {
    EXPECT_EQ(pairs_in(text), std::nullopt) << text;
  }
}

TEST(OtlpValues, LowerCaseLeavesOtherBytesAlone) {
  EXPECT_EQ(lower_case("X-Key_9 \xc3\x89"), "x-key_9 \xc3\x89");
  EXPECT_EQ(trimmed(" \ta b\t "), "a b");
  EXPECT_EQ(trimmed(" \t"), "");
}

}  // namespace
}  // namespace shmx::config
