#include "agent/files/unix_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

namespace shmx::files {
namespace {

/// The longest path of a socket: sun_path, less its terminating 0.
constexpr std::size_t kMaxSocketPathBytes = sizeof(sockaddr_un::sun_path) - 1;

Error problem(const std::string& path, const std::string& what, int code = 0) {
  return {"unix socket \"" + path + "\": " + what +
              (code != 0 ? ": " + std::generic_category().message(code) : ""),
          code};
}

/// 0: somebody listens; else the errno that says why a connection failed.
int try_to_connect(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) {
    return errno;
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const bool connected =
      ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const int code = connected ? 0 : errno;
  ::close(fd);
  return code == EAGAIN ? 0 : code;  // EAGAIN: whoever listens has many to accept.
}

/// Removes a socket that nobody listens on.
std::optional<Error> make_room(const std::string& path) {
  struct stat there {};
  if (::lstat(path.c_str(), &there) != 0) {
    return errno == ENOENT ? std::nullopt
                           : std::optional(problem(path, "cannot be looked at", errno));
  }
  if (!S_ISSOCK(there.st_mode)) {
    return problem(path, "there is something that is no socket; remove it, or name another place");
  }
  const int code = try_to_connect(path);
  if (code == 0) {
    return problem(path, "another agent listens there; stop it, or name another place");
  }
  if (code != ECONNREFUSED && code != ENOENT) {
    return problem(path, "there is a socket, and whether somebody listens cannot be told", code);
  }
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return problem(path, "what an earlier agent left there cannot be removed", errno);
  }
  return {};
}

}  // namespace

UnixSocket::UnixSocket(std::string path, std::string directory)
    : path_(std::move(path)), directory_(std::move(directory)), bind_path_(directory_ + "/s") {}

UnixSocket::UnixSocket(UnixSocket&& other) noexcept
    : path_(std::move(other.path_)),
      directory_(std::exchange(other.directory_, {})),
      bind_path_(std::move(other.bind_path_)),
      published_(std::exchange(other.published_, {})) {}

Result<UnixSocket> UnixSocket::prepare(const std::string& path) {
  if (auto taken = make_room(path)) {
    return *taken;
  }
  std::string directory = path.substr(0, path.rfind('/') + 1) + ".XXXXXX";
  if (directory.size() + 2 > kMaxSocketPathBytes) {
    return problem(path, "the path of its directory is too long for a socket");
  }
  if (::mkdtemp(directory.data()) == nullptr) {
    return problem(path, "its directory must exist, and the agent be allowed to write to it",
                   errno);
  }
  return UnixSocket(path, directory);
}

UnixSocket::~UnixSocket() {
  if (!directory_.empty()) {
    ::unlink(bind_path_.c_str());
    ::rmdir(directory_.c_str());
  }
  struct stat there {};
  if (published_ && ::lstat(path_.c_str(), &there) == 0 && there.st_dev == published_->st_dev &&
      there.st_ino == published_->st_ino) {
    ::unlink(path_.c_str());
  }
}

std::optional<Error> UnixSocket::publish(mode_t mode) {
  struct stat bound {};
  if (::chmod(bind_path_.c_str(), mode) != 0 || ::lstat(bind_path_.c_str(), &bound) != 0) {
    return problem(path_, "its mode cannot be set", errno);
  }
  // Not onto what has come there since: that would be another agent's.
  if (::renameat2(AT_FDCWD, bind_path_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) != 0) {
    return problem(path_, "the socket cannot be put there", errno);
  }
  published_ = bound;
  ::rmdir(directory_.c_str());
  directory_.clear();
  return {};
}

}  // namespace shmx::files
