#include "tests/agent/feed/local_user.h"

#include <fcntl.h>
#include <grpcpp/create_channel_posix.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace shmx::feed {
namespace {

constexpr uid_t kAnother = 4711;

/// In a child that has nothing but this thread: system calls alone. 0, or errno.
int become_and_connect(uid_t uid, int fd, const sockaddr_un& address) {
  if (::getuid() != uid && ::setresuid(uid, uid, uid) != 0) {
    return errno;
  }
  return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0
                                                                                         : errno;
}

}  // namespace

uid_t another_user() {
  return ::geteuid() == 0 ? kAnother : ::geteuid();
}

UniqueFd connect_as(uid_t uid, const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  // The kernel notes who connects, not who made the socket; so the child needs to send nothing
  // back.
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(become_and_connect(uid, fd.get(), address));
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
    return {};
  }
  errno = WEXITSTATUS(status);
  return errno == 0 ? std::move(fd) : UniqueFd();
}

std::shared_ptr<grpc::Channel> channel_as(uid_t uid, const std::string& path) {
  const UniqueFd connection = connect_as(uid, path);
  const int own = ::fcntl(connection.get(), F_DUPFD_CLOEXEC, 0);
  ::fcntl(own, F_SETFL, O_NONBLOCK);
  return grpc::CreateInsecureChannelFromFd("local", own);
}

}  // namespace shmx::feed
