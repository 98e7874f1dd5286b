#include "agent/feed/local_connections.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>

namespace shmx::feed {
namespace {

/// Clients that come at once and wait to be accepted, which takes microseconds.
constexpr int kBacklog = 128;

/// When there was no descriptor for a connection, the next attempt: often enough for who waits, and
/// seldom enough not to be felt.
constexpr int kPauseMs = 100;

/// Then it looks at who has gone, and whether it is to stop.
constexpr std::size_t kMostAtOnce = 64;

/// The end of the work, and the listening socket.
constexpr std::size_t kOwnSources = 2;

/// What is told of a connection that is gone, whatever was asked for.
constexpr short kGone = POLLHUP | POLLERR | POLLNVAL;

}  // namespace

Result<UniqueFd> listen_at(const std::string& path) {
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (!socket.valid() ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    const int code = errno;
    return Error{"unix socket \"" + path +
                     "\": cannot be listened on: " + std::generic_category().message(code),
                 code};
  }
  return socket;
}

LocalConnections::LocalConnections(UniqueFd socket, std::size_t most_per_user, Hooks hooks)
    : socket_(std::move(socket)),
      most_per_user_(most_per_user),
      hooks_(std::move(hooks)),
      stop_(::eventfd(0, EFD_CLOEXEC)) {
  open_.reserve(most());  // So that nothing below needs memory.
  sources_.reserve(kOwnSources + most());
  thread_ = std::thread([this] { run(); });
}

LocalConnections::~LocalConnections() {
  ::eventfd_write(stop_.get(), 1);  // The first one always fits.
  thread_.join();
}

void LocalConnections::run() {
  bool pause = false;
  while (wait(pause)) {
    pause = !accept_some();
  }
}

/// Until something happens, or the pause is over. Forgets who is gone. False: it is to stop.
bool LocalConnections::wait(bool pause) {
  sources_.assign({{stop_.get(), POLLIN, 0}, {pause ? -1 : socket_.get(), POLLIN, 0}});
  for (const Open& open : open_) {
    sources_.push_back({open.descriptor.get(), 0, 0});
  }
  if (::poll(sources_.data(), sources_.size(), pause ? kPauseMs : -1) <= 0) {
    return true;  // Interrupted, or for now without memory in the kernel.
  }
  for (std::size_t i = open_.size(); i-- > 0;) {
    if ((sources_[kOwnSources + i].revents & kGone) != 0) {
      std::swap(open_[i], open_.back());
      open_.pop_back();
    }
  }
  return sources_.front().revents == 0;
}

bool LocalConnections::accept_some() {
  for (std::size_t i = 0; i < kMostAtOnce; ++i) {
    UniqueFd connection(::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection.valid()) {
      admit(std::move(connection));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return true;
    } else if (errno != EINTR && errno != ECONNABORTED) {
      return false;
    }
  }
  return true;
}

void LocalConnections::admit(UniqueFd connection) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
      !has_room(peer.uid)) {
    return;
  }
  const int duplicate = ::fcntl(connection.get(), F_DUPFD_CLOEXEC, 0);
  if (duplicate >= 0) {
    open_.push_back({std::move(connection), peer.uid});
    hooks_.serve(duplicate);
  }
}

bool LocalConnections::has_room(uid_t uid) {
  const auto users = static_cast<std::size_t>(
      std::count_if(open_.begin(), open_.end(), [=](const Open& open) { return open.uid == uid; }));
  const bool full = users >= most_per_user_ || open_.size() >= most();
  if (full && !full_) {
    hooks_.warn("the feed closes connections to its unix socket: there are " +
                std::to_string(open_.size()) + ", " + std::to_string(users) + " of them of uid " +
                std::to_string(uid) + ", and there may be " + std::to_string(most()) + ", " +
                std::to_string(most_per_user_) + " of them of one user");
  }
  full_ = full;
  return !full;
}

}  // namespace shmx::feed
