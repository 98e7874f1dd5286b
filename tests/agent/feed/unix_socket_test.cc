// The place of the unix socket.
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <memory>
#include <vector>

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

/// A socket at a path: bound and listened on, or connected, while this lives.
class Socket {
 public:
  explicit Socket(const std::string& path) {
    address_.sun_family = AF_UNIX;
    path.copy(address_.sun_path, sizeof address_.sun_path - 1);
  }
  ~Socket() { ::close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  bool listen() const {
    return ::bind(fd_, reinterpret_cast<const sockaddr*>(&address_), sizeof address_) == 0 &&
           ::listen(fd_, 1) == 0;
  }
  bool connect() const {
    return ::connect(fd_, reinterpret_cast<const sockaddr*>(&address_), sizeof address_) == 0;
  }

 private:
  const int fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_un address_{};
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
  ASSERT_TRUE(Socket(path_).listen());
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
  const Socket busy(path_);
  ASSERT_TRUE(busy.listen());
  std::vector<std::unique_ptr<Socket>> waiting;
  do {  // Until its backlog is full; nobody accepts.
    waiting.push_back(std::make_unique<Socket>(path_));
  } while (waiting.back()->connect());
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
    ASSERT_TRUE(Socket(path_).listen());
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
