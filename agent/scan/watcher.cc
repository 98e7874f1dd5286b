#include "agent/scan/watcher.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
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

Watcher::Watcher() : fd_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

int Watcher::add(const std::string& directory) noexcept {
  return ::inotify_add_watch(fd_.get(), directory.c_str(), kMask);
}

void Watcher::remove(int watch) noexcept {
  ::inotify_rm_watch(fd_.get(), watch);
}

WatchNews Watcher::take() {
  WatchNews news;
  std::array<char, std::size_t{16} << 10> buffer;
  for (std::size_t taken = 0; taken < kMaxReadBytes && fd_.valid();) {
    const ssize_t size = ::read(fd_.get(), buffer.data(), buffer.size());
    if (size <= 0) {
      break;
    }
    decode(buffer.data(), static_cast<std::size_t>(size), news);
    taken += static_cast<std::size_t>(size);
  }
  return news;
}

}  // namespace shmx::scan
