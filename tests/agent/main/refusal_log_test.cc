#include "agent/main/refusal_log.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace shmx {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Clock = RefusalLog::Clock;

class RefusalLogTest : public ::testing::Test {
 protected:
  void refuse(const std::string& peer, const std::string& reason, std::chrono::seconds at) {
    log_.note({"http", peer, reason, "why"}, Clock::time_point(at));
  }

  std::vector<std::string> lines_;
  RefusalLog log_{[this](const RefusalLog::Refused& refused, std::uint64_t before) {
    lines_.push_back(refused.peer + " " + refused.reason + " " + std::to_string(before));
  }};
};

TEST_F(RefusalLogTest, TellsOncePerReasonAndPeerInTenMinutes) {
  refuse("10.0.0.1:4000", "token_expired", std::chrono::seconds(1));
  refuse("10.0.0.1:4001", "token_expired", std::chrono::seconds(2));
  refuse("10.0.0.1:4002", "password_wrong", std::chrono::seconds(3));
  refuse("10.0.0.2:4000", "token_expired", std::chrono::seconds(4));
  refuse("10.0.0.1:4003", "token_expired", std::chrono::seconds(600));
  EXPECT_THAT(lines_, ElementsAre("10.0.0.1 token_expired 0", "10.0.0.1 password_wrong 0",
                                  "10.0.0.2 token_expired 0"));
}

TEST_F(RefusalLogTest, SaysHowOftenItWasMeanwhile) {
  for (int second = 0; second < 100; ++second) {
    refuse("[::2]:4000", "scheme", std::chrono::seconds(second));
  }
  refuse("[::2]:4000", "scheme", std::chrono::seconds(600));
  refuse("[::2]:4000", "scheme", std::chrono::seconds(1300));
  EXPECT_THAT(lines_, ElementsAre("[::2] scheme 0", "[::2] scheme 99", "[::2] scheme 0"));
}

TEST_F(RefusalLogTest, FromTooManyPeersIsOneMorePeer) {
  for (std::size_t peer = 0; peer < RefusalLog::kMaxPairs; ++peer) {
    refuse("peer" + std::to_string(peer), "scheme", std::chrono::seconds(1));
  }
  lines_.clear();
  refuse("one more", "scheme", std::chrono::seconds(2));
  refuse("and another", "scheme", std::chrono::seconds(3));
  EXPECT_THAT(lines_, ElementsAre("others scheme 0"));
  // Who has been quiet is forgotten for whoever comes.
  refuse("one more", "scheme", std::chrono::seconds(700));
  EXPECT_THAT(lines_, SizeIs(2));
  EXPECT_EQ(lines_.back(), "one more scheme 0");
}

TEST(WithoutPort, LeavesTheAddress) {
  EXPECT_EQ(without_port("192.0.2.1:80"), "192.0.2.1");
  EXPECT_EQ(without_port("[::2]:80"), "[::2]");
  EXPECT_EQ(without_port("::1"), "::1");
  EXPECT_EQ(without_port("fe80::12:34"), "fe80::12:34");
  EXPECT_EQ(without_port("unix:/run/x"), "unix:/run/x");
  EXPECT_THAT(without_port(""), IsEmpty());
}

}  // namespace
}  // namespace shmx
