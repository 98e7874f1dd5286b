#include "agent/identity/basic_auth.h"

#include <gtest/gtest.h>

namespace shmx::identity {
namespace {

using namespace std::string_literals;

TEST(BasicAuth, IsAUserAColonAndAPassword) {
  const auto found = parse_basic("YWxpY2U6c2VjcmV0");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->user, "alice");
  EXPECT_EQ(found->password, "secret");
}

TEST(BasicAuth, TakesEveryPadding) {
  EXPECT_EQ(parse_basic("YTpiYw==")->password, "bc");   // a:bc
  EXPECT_EQ(parse_basic("YTpiY2Q=")->password, "bcd");  // a:bcd
  EXPECT_EQ(parse_basic("YTpi")->password, "b");        // a:b
}

TEST(BasicAuth, APasswordMayHoldColonsAndUtf8AndBeEmpty) {
  EXPECT_EQ(parse_basic("YTpiOmM=")->password, "b:c");       // a:b:c
  EXPECT_EQ(parse_basic("YTrDqQ==")->password, "\xc3\xa9");  // a:é
  EXPECT_EQ(parse_basic("YTo=")->password, "");              // a:
  EXPECT_EQ(parse_basic("Og==")->user, "");                  // :
}

class NotBasicAuth : public ::testing::TestWithParam<std::string> {};

TEST_P(NotBasicAuth, IsRefused) {
  EXPECT_FALSE(parse_basic(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Malformed, NotBasicAuth,
                         ::testing::Values("", "=", "====", "YTpi ", " YTpi", "YT pi", "YTpi\n",
                                           "YTp\n", "YTpiY2Q", "YTpiYw=", "YTpiY2Q==",
                                           "YTpiY2Q=YTpi", "YTpiY2R=",  // stray bits
                                           "YTpi\0"s, "YTp\xff", "YTp_", "YTp-",
                                           "YWxpY2U=",                  // no colon
                                           "YToA", "YToK", "YX86Yg==",  // a NUL, a line feed, a DEL
                                           std::string(4'100, 'Y')));

}  // namespace
}  // namespace shmx::identity
