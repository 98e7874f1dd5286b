#include "agent/push/receiver_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "agent/push/retry_after.h"
#include "tests/agent/push/receiver/wire.h"

namespace shmx::push {
namespace {

namespace wire = testing::wire;
using std::chrono::milliseconds;
using ::testing::HasSubstr;

/// google.rpc.Status by field number.
std::string status_with(const std::string& type, const std::string& detail) {
  return wire::number(1, 8) + wire::bytes(2, "busy") +
         wire::bytes(3, wire::bytes(1, "type.googleapis.com/" + type) + wire::bytes(2, detail));
}

std::string retry_info(std::uint64_t seconds, std::uint64_t nanos) {
  return status_with("google.rpc.RetryInfo",
                     wire::bytes(1, wire::number(1, seconds) + wire::number(2, nanos)));
}

TEST(OneLine, IsTheFirstOneInPrintableAscii) {
  EXPECT_EQ(one_line("\r\n \tfirst\tline\r\nsecond"), "first line");
  EXPECT_EQ(one_line("\x1b[2J\xc3\xa4"), "?[2J??");
  EXPECT_EQ(one_line(std::string(kMostWordBytes + 1, 'x')).size(), kMostWordBytes);
  EXPECT_EQ(one_line(""), "");
  EXPECT_EQ(one_line(" \n "), "");
}

TEST(Words, AreTheMessageOfAStatusOrTheText) {
  EXPECT_EQ(words_of(retry_info(1, 0), true), "busy");
  EXPECT_EQ(words_of("\xff\xff", true), "");
  EXPECT_EQ(words_of("sorry\n", false), "sorry");
}

TEST(RetryInfo, IsFoundInAStatus) {
  EXPECT_EQ(retry_info_of(retry_info(2, 500'000'000)), milliseconds(2500));
  EXPECT_EQ(retry_info_of(retry_info(0, 1)), milliseconds(1));
}

TEST(RetryInfo, IsNotFoundWhereThereIsNone) {
  EXPECT_FALSE(retry_info_of(""));
  EXPECT_FALSE(retry_info_of("\xff\xff"));
  EXPECT_FALSE(retry_info_of(status_with("google.rpc.ErrorInfo", "")));
  EXPECT_FALSE(retry_info_of(status_with("google.rpc.RetryInfo", "\xff\xff")));
}

TEST(RetryInfo, IsNeitherNegativeNorLongerThanADay) {
  EXPECT_EQ(retry_info_of(retry_info(static_cast<std::uint64_t>(-5), 0)), milliseconds(0));
  EXPECT_EQ(retry_info_of(retry_info(std::numeric_limits<std::int64_t>::max(), 0)), kLongestWait);
}

TEST(AcceptedReply, HasThePartialSuccess) {
  const Reply reply =
      accepted_reply(wire::bytes(1, wire::number(1, 7) + wire::bytes(2, "too old\nand more")));
  EXPECT_EQ(reply.kind, Reply::Kind::accepted);
  EXPECT_EQ(reply.rejected_points, 7);
  EXPECT_EQ(reply.message, "too old");
}

TEST(AcceptedReply, RejectsNoNegativeNumberOfPoints) {
  const auto negative = static_cast<std::uint64_t>(-1);
  EXPECT_EQ(accepted_reply(wire::bytes(1, wire::number(1, negative))).rejected_points, 0);
}

TEST(AcceptedReply, MayBeEmptyAndNeedNotBeReadable) {
  EXPECT_EQ(accepted_reply("").message, "");
  EXPECT_EQ(accepted_reply("\xff").kind, Reply::Kind::accepted);
  EXPECT_THAT(accepted_reply("\xff").message, HasSubstr("no ExportMetricsServiceResponse"));
}

}  // namespace
}  // namespace shmx::push
