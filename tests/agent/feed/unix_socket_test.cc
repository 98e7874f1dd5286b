// The place of the unix socket.
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/feed/server.h"
#include "tests/agent/feed/calls.h"
#include "tests/agent/feed/running_feed.h"
#include "tests/agent/testing/temporary_directory.h"

namespace shmx::feed {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr mode_t kPermissions = 0777;

/// A socket that is bound, and listened on while this lives.
class Bound {
 public:
  explicit Bound(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(fd_, 1), 0);
  }
  ~Bound() { ::close(fd_); }
  Bound(const Bound&) = delete;
  Bound& operator=(const Bound&) = delete;

 private:
  int fd_;
};

class FeedUnixSocket : public ::testing::Test {
 protected:
  std::string refusal() {
    const auto started = Server::start(options_, RunningFeed().hooks());
    return started ? "none" : started.error().message;
  }

  const testing::TemporaryDirectory directory_;
  const std::string path_ = directory_.file("feed.sock");
  const Options options_ = usual_options("unix:" + path_);
};

TEST_F(FeedUnixSocket, IsTheAgentsUsersAloneAndGoneAfterwards) {
  {
    const RunningFeed feed(options_);
    struct stat there {};
    ASSERT_EQ(::lstat(path_.c_str(), &there), 0);
    EXPECT_TRUE(S_ISSOCK(there.st_mode));
    EXPECT_EQ(there.st_mode & kPermissions, 0600U);
    EXPECT_THAT(directory_.names(), ElementsAre("feed.sock"));
  }
  EXPECT_THAT(directory_.names(), IsEmpty());
}

TEST_F(FeedUnixSocket, TakesThePlaceOfOneThatNobodyListensOn) {
  { const Bound left(path_); }
  ASSERT_THAT(directory_.names(), ElementsAre("feed.sock"));
  const RunningFeed feed(options_);
  v1::Snapshot snapshot;
  EXPECT_TRUE(get(feed.address(), snapshot).ok());
}

TEST_F(FeedUnixSocket, LeavesOneThatSomebodyListensOn) {
  RunningFeed first(options_);
  EXPECT_THAT(refusal(), HasSubstr("another agent listens there"));
  v1::Snapshot snapshot;
  EXPECT_TRUE(get(first.address(), snapshot).ok());
  EXPECT_THAT(directory_.names(), ElementsAre("feed.sock"));
}

TEST_F(FeedUnixSocket, LeavesOneWhoseListenerIsBusy) {
  const Bound busy(path_);
  std::vector<std::unique_ptr<Subscribed>> waiting;
  for (int i = 0; i < 4; ++i) {  // More than its backlog, and nobody accepts.
    waiting.push_back(
        std::make_unique<Subscribed>("unix:" + path_, every(std::chrono::seconds(1))));
  }
  EXPECT_THAT(refusal(), HasSubstr("another agent listens there"));
}

TEST_F(FeedUnixSocket, LeavesWhatIsNoSocket) {
  directory_.write("feed.sock", "mine");
  EXPECT_THAT(refusal(), HasSubstr("no socket; remove it, or name another place"));
  EXPECT_THAT(directory_.names(), ElementsAre("feed.sock"));
  ASSERT_EQ(::unlink(path_.c_str()), 0);
  ASSERT_EQ(::symlink("/nowhere", path_.c_str()), 0);
  EXPECT_THAT(refusal(), HasSubstr("no socket"));
}

TEST_F(FeedUnixSocket, OfAnotherAgentIsNotRemovedAtTheEnd) {
  {
    const RunningFeed feed(options_);
    ASSERT_EQ(::unlink(path_.c_str()), 0);
    const Bound other(path_);
  }
  EXPECT_THAT(directory_.names(), ElementsAre("feed.sock"));
}

TEST_F(FeedUnixSocket, NeedsADirectory) {
  const auto refused = Server::start(usual_options("unix:" + directory_.file("no/feed.sock")),
                                     RunningFeed().hooks());
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("its directory must exist"));
}

}  // namespace
}  // namespace shmx::feed
