#include "agent/scan/watcher.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>

namespace shmx::scan {
namespace {

constexpr std::uint32_t kMask =
    IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE | IN_ONLYDIR;

std::optional<NameEvent::What> what_of(std::uint32_t mask) {
  if ((mask & IN_CREATE) != 0) {
    return NameEvent::What::created;
  }
  if ((mask & IN_MOVED_TO) != 0) {
    return NameEvent::What::renamed;
  }
  if ((mask & IN_CLOSE_WRITE) != 0) {
    return NameEvent::What::closed;
  }
  if ((mask & (IN_DELETE | IN_MOVED_FROM)) != 0) {
    return NameEvent::What::vanished;
  }
  return std::nullopt;
}

void decode(const char* bytes, std::size_t size, WatchNews& news) {
  for (std::size_t at = 0; at + sizeof(inotify_event) <= size;) {
    inotify_event event;
    std::memcpy(&event, bytes + at, sizeof(event));
    const char* const name = bytes + at + sizeof(event);
    at += sizeof(event) + event.len;
    news.lost = news.lost || (event.mask & IN_Q_OVERFLOW) != 0;
    const auto what = what_of(event.mask);
    if (what && event.len > 0) {
      news.events.push_back({event.wd, *what, std::string(name, ::strnlen(name, event.len))});
    }
  }
}

}  // namespace

Watcher::Watcher()
    : inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
      wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      poll_(::epoll_create1(EPOLL_CLOEXEC)) {
  const int code = errno;
  poll(wake_);
  if (!poll(inotify_)) {
    inotify_.reset();
  }
  errno = code;
}

bool Watcher::poll(const UniqueFd& fd) noexcept {
  epoll_event event{};
  event.events = EPOLLIN;
  return ::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, fd.get(), &event) == 0;
}

int Watcher::add(const std::string& directory) noexcept {
  return ::inotify_add_watch(inotify_.get(), directory.c_str(), kMask);
}

void Watcher::remove(int watch) noexcept {
  ::inotify_rm_watch(inotify_.get(), watch);
}

void Watcher::wake() noexcept {
  ::eventfd_write(wake_.get(), 1);
}

WatchNews Watcher::take() {
  WatchNews news;
  eventfd_t ignored = 0;
  ::eventfd_read(wake_.get(), &ignored);
  std::array<char, std::size_t{16} << 10> buffer;
  for (std::size_t taken = 0; taken < kMaxReadBytes && inotify_.valid();) {
    const ssize_t size = ::read(inotify_.get(), buffer.data(), buffer.size());
    if (size <= 0) {
      // Whatever else it is that keeps the events away, a listing finds what they told.
      news.lost = news.lost || (size < 0 && errno != EAGAIN && errno != EINTR);
      break;
    }
    decode(buffer.data(), static_cast<std::size_t>(size), news);
    taken += static_cast<std::size_t>(size);
  }
  return news;
}

}  // namespace shmx::scan
