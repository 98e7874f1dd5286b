#include "agent/feed/unix_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

#include "agent/feed/address.h"

namespace shmx::feed {
namespace {

/// Clients that come at once and wait to be accepted, which takes microseconds.
constexpr int kBacklog = 128;

Error problem(const std::string& path, const std::string& what, int code = 0) {
  return {"feed socket \"" + path + "\": " + what +
              (code != 0 ? ": " + std::generic_category().message(code) : ""),
          code};
}

UniqueFd make_socket() {
  return UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

/// 0: somebody listens; else the errno that says why a connection failed.
int try_to_connect(const std::string& path) {
  const UniqueFd socket = make_socket();
  const sockaddr_un address = address_of(path);
  const bool connected =
      socket.valid() &&
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const int code = connected ? 0 : errno;
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

/// A directory that only we can write to, with at most one socket in it; both are gone afterwards.
class Private {
 public:
  explicit Private(const std::string& path)
      : directory_(path.substr(0, path.rfind('/') + 1) + ".XXXXXX") {}
  ~Private() {
    if (made_) {
      ::unlink(socket().c_str());
      ::rmdir(directory_.c_str());
    }
  }
  Private(const Private&) = delete;
  Private& operator=(const Private&) = delete;

  bool make() { return made_ = ::mkdtemp(directory_.data()) != nullptr; }
  std::string socket() const { return directory_ + "/s"; }

 private:
  std::string directory_;
  bool made_ = false;
};

}  // namespace

Result<UnixSocket> UnixSocket::listen(const std::string& path, mode_t mode) {
  if (auto taken = make_room(path)) {
    return *taken;
  }
  Private place(path);
  if (place.socket().size() > kMaxSocketPathBytes) {
    return problem(path, "the path of its directory is too long for a socket");
  }
  if (!place.make()) {
    return problem(path, "its directory must exist, and the agent be allowed to write to it",
                   errno);
  }
  const std::string bound = place.socket();
  const sockaddr_un address = address_of(bound);
  UniqueFd socket = make_socket();
  struct stat there {};
  if (!socket.valid() ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    return problem(path, "cannot be listened on", errno);
  }
  if (::chmod(bound.c_str(), mode) != 0 || ::lstat(bound.c_str(), &there) != 0) {
    return problem(path, "its mode cannot be set", errno);
  }
  // Not onto what has come there since: that would be another agent's.
  if (::renameat2(AT_FDCWD, bound.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) != 0) {
    return problem(path, "the socket cannot be put there", errno);
  }
  return UnixSocket(path, std::move(socket), there);
}

UnixSocket::UnixSocket(UnixSocket&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      descriptor_(std::move(other.descriptor_)),
      there_(other.there_) {}

UnixSocket::~UnixSocket() {
  struct stat now {};
  if (!path_.empty() && ::lstat(path_.c_str(), &now) == 0 && now.st_dev == there_.st_dev &&
      now.st_ino == there_.st_ino) {
    ::unlink(path_.c_str());
  }
}

}  // namespace shmx::feed
