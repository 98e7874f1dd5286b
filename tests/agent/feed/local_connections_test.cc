// Connections to the unix socket as bytes: who made them is known, and none harms the others.
#include "agent/feed/local_connections.h"

#include <gmock/gmock.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "tests/agent/feed/calls.h"
#include "tests/agent/feed/local_user.h"
#include "tests/agent/feed/running_feed.h"
#include "tests/agent/testing/temporary_directory.h"

namespace shmx::feed {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Whether the other end closes it in time; what comes before is read.
bool is_closed(const UniqueFd& connection) {
  std::array<char, 1024> bytes{};
  pollfd source{connection.get(), POLLIN, 0};
  const int patience_ms = static_cast<int>(std::chrono::milliseconds(kPatience).count());
  while (::poll(&source, 1, patience_ms) == 1) {
    if (::read(connection.get(), bytes.data(), bytes.size()) <= 0) {
      return true;
    }
  }
  return false;
}

/// Whether it was taken: gRPC speaks first.
bool is_served(const UniqueFd& connection) {
  pollfd source{connection.get(), POLLIN, 0};
  const int patience_ms = static_cast<int>(std::chrono::milliseconds(kPatience).count());
  char first = 0;
  return ::poll(&source, 1, patience_ms) == 1 && ::recv(connection.get(), &first, 1, MSG_PEEK) == 1;
}

class FeedLocalConnections : public ::testing::Test {
 protected:
  FeedLocalConnections() { ::chmod(directory_.path().c_str(), 0755); }

  Options options() const {
    Options made = usual_options("unix:" + path_);
    made.socket_for_all_users = true;
    made.max_subscribers = 2;  // And so four connections of one user, eight of all.
    return made;
  }
  UniqueFd connect() const { return connect_as(::geteuid(), path_); }
  bool serves() const {
    v1::Snapshot snapshot;
    return get("unix:" + path_, snapshot).ok();
  }

  const testing::TemporaryDirectory directory_;
  const std::string path_ = directory_.file("feed.sock");
};

TEST_F(FeedLocalConnections, TellTheJudgeWhoseTheyAre) {
  RunningFeed feed(options());
  ASSERT_TRUE(serves());
  const auto channel = channel_as(another_user(), path_);
  for (int i = 0; i < 2; ++i) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer of it");
    v1::Snapshot snapshot;
    ASSERT_TRUE(v1::MetricsFeed::NewStub(channel)->Get(&context, {}, &snapshot).ok());
  }
  const auto judged = feed.seen().judged;
  ASSERT_EQ(judged.size(), 3U);
  EXPECT_EQ(judged.at(0).uid, ::geteuid());
  EXPECT_EQ(judged.at(0).authorization, "");
  EXPECT_EQ(judged.at(1).uid, another_user());
  EXPECT_EQ(judged.at(2).uid, another_user());
  EXPECT_EQ(judged.at(2).authorization, "Bearer of it");
  EXPECT_EQ(judged.at(2).peer, "unix");
  EXPECT_FALSE(judged.at(2).tls);
  EXPECT_EQ(judged.at(2).chain, nullptr);
}

TEST_F(FeedLocalConnections, AreTheAgentsUsersAloneUnlessAllUsersMayHaveThem) {
  {
    const RunningFeed feed(options());
    struct stat there {};
    ASSERT_EQ(::lstat(path_.c_str(), &there), 0);
    EXPECT_EQ(there.st_mode & 0777U, 0666U);
    EXPECT_TRUE(connect_as(another_user(), path_).valid());
  }
  Options own = options();
  own.socket_for_all_users = false;
  const RunningFeed feed(own);
  EXPECT_TRUE(connect().valid());
  EXPECT_EQ(connect_as(another_user(), path_).valid(), another_user() == ::geteuid());
}

TEST_F(FeedLocalConnections, OfOneUserAreBoundedAndLeaveRoomForAnother) {
  RunningFeed feed(options());
  std::vector<UniqueFd> open;
  for (int i = 0; i < 4; ++i) {
    open.push_back(connect());
    EXPECT_TRUE(is_served(open.back()));
  }
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(is_closed(connect()));
  }
  if (another_user() != ::geteuid()) {
    EXPECT_TRUE(is_served(connect_as(another_user(), path_)));
  }
  EXPECT_THAT(feed.seen().warnings, ElementsAre(HasSubstr("closes connections")));
  open.clear();
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!serves()) {  // Until the agent has seen that they are gone.
    ASSERT_LT(std::chrono::steady_clock::now(), until);
  }
}

TEST_F(FeedLocalConnections, ComeAndGoAsOftenAsTheyLike) {
  RunningFeed feed(options());
  for (int i = 0; i < 200; ++i) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (!is_served(connect())) {
      ASSERT_LT(std::chrono::steady_clock::now(), until);
    }
  }
  EXPECT_TRUE(serves());
}

TEST_F(FeedLocalConnections, ThatBringGarbageAreClosed) {
  RunningFeed feed(options());
  const UniqueFd connection = connect();
  const std::string garbage(100'000, 'G');
  ASSERT_GT(::send(connection.get(), garbage.data(), garbage.size(), MSG_NOSIGNAL), 0);
  EXPECT_TRUE(is_closed(connection));
  EXPECT_TRUE(serves());
}

TEST_F(FeedLocalConnections, WhoseClientHasNoMoreToSayAreClosed) {
  RunningFeed feed(options());
  const UniqueFd connection = connect();
  ASSERT_TRUE(is_served(connection));
  ASSERT_EQ(::shutdown(connection.get(), SHUT_WR), 0);
  EXPECT_TRUE(is_closed(connection));
}

TEST_F(FeedLocalConnections, ThatAskForNothingAreClosedInTime) {
  Options impatient = options();
  impatient.limits.idle = std::chrono::milliseconds(1);
  RunningFeed feed(impatient);
  EXPECT_TRUE(is_closed(connect()));
}

TEST_F(FeedLocalConnections, EndWithTheServer) {
  RunningFeed feed(options());
  const UniqueFd connection = connect();
  ASSERT_TRUE(is_served(connection));
  feed.server().stop();
  EXPECT_TRUE(is_closed(connection));
  EXPECT_FALSE(connect().valid());
}

}  // namespace
}  // namespace shmx::feed
