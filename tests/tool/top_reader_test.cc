// Reading a feed whose agent comes and goes.
#include "agent/tool/top_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <optional>

#include "tests/shm/temp_dir.h"
#include "tests/tool/feeding_agent.h"

namespace shmx::tool::top {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Only a failing test waits as long.
constexpr std::chrono::milliseconds kDeadline{60'000};

class Reading : public ::testing::Test {
 protected:
  std::string address() const { return "unix:" + (directory_ / "feed.sock"); }

  /// The next that the reader has, which is a snapshot or not.
  static Reader::Received next(Reader& reader, bool snapshot) {
    const auto end = std::chrono::steady_clock::now() + kDeadline;
    while (std::chrono::steady_clock::now() < end) {
      pollfd source{reader.descriptor(), POLLIN, 0};
      poll(&source, 1, static_cast<int>(kDeadline.count()));
      Reader::Received received = reader.take();
      if (received.snapshot.has_value() == snapshot) {
        return received;
      }
    }
    ADD_FAILURE() << "nothing came";
    return {};
  }

  ::shmx::test::TempDir directory_;
};

TEST_F(Reading, GoesOnWhenTheAgentIsBack) {
  std::optional<test::FeedingAgent> agent(std::in_place, address());
  Reader reader({.address = address()});
  const Reader::Received first = next(reader, true);
  EXPECT_THAT(first.trouble, IsEmpty());
  ASSERT_TRUE(first.snapshot);
  EXPECT_THAT(first.snapshot->samples, SizeIs(3));
  agent.reset();
  EXPECT_THAT(next(reader, false).trouble, HasSubstr("trying again"));
  agent.emplace(address());
  EXPECT_THAT(next(reader, true).trouble, IsEmpty());
}

TEST_F(Reading, WaitsForAnAgentThatIsNotThereYet) {
  Reader reader({.address = address()});
  EXPECT_THAT(next(reader, false).trouble, HasSubstr(address()));
  const test::FeedingAgent agent(address());
  EXPECT_TRUE(next(reader, true).snapshot);
}

TEST_F(Reading, EndsWhileItWaits) {
  const test::FeedingAgent agent(address());
  Reader reader({.address = address(), .interval = std::chrono::hours(1)});
  EXPECT_TRUE(next(reader, true).snapshot);
}

}  // namespace
}  // namespace shmx::tool::top
