#include "agent/push/retry_after.h"

#include <gtest/gtest.h>

namespace shmx::push {
namespace {

using std::chrono::seconds;

constexpr std::time_t kNow = 784111777;  // Sun, 06 Nov 1994 08:49:37 GMT

TEST(HttpDate, IsReadInAllThreeForms) {
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), kNow);
  EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), kNow);
  EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994"), kNow);
  EXPECT_FALSE(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT and more"));
  EXPECT_FALSE(parse_http_date("1994-11-06T08:49:37Z"));
  EXPECT_FALSE(parse_http_date(""));
}

TEST(RetryAfter, IsANumberOfSeconds) {
  EXPECT_EQ(parse_retry_after("120", std::nullopt), seconds(120));
  EXPECT_EQ(parse_retry_after("0", std::nullopt), seconds(0));
}

TEST(RetryAfter, IsADateAsTheReceiverSeesIt) {
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", kNow - 5), seconds(5));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", kNow + 5), seconds(0));
  EXPECT_FALSE(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", std::nullopt));
}

TEST(RetryAfter, IsADayAtMost) {
  EXPECT_EQ(parse_retry_after("86401", std::nullopt), kLongestWait);
  EXPECT_EQ(parse_retry_after("99999999999999999999999", std::nullopt), kLongestWait);
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", kNow - 1'000'000), kLongestWait);
}

TEST(RetryAfter, IsNothingElse) {
  for (const auto* const text : {"", "-1", "1.5", "7 s", "soon"}) {
    EXPECT_FALSE(parse_retry_after(text, kNow)) << text;
  }
}

}  // namespace
}  // namespace shmx::push
