#include "agent/main/service_manager.h"

#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace shmx {
namespace {

constexpr int kUnset = 1;    // sd-daemon: take the variables out of the environment
constexpr int kListens = 1;  // sd_is_socket(): not a connection

void tell(const std::string& state) {
  static_cast<void>(::sd_notify(0, state.c_str()));
}

/// The time that systemd compares with that of its own request.
std::string monotonic_us() {
  struct timespec now {};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  constexpr std::int64_t kUsPerS = 1'000'000;
  constexpr std::int64_t kNsPerUs = 1'000;
  return std::to_string(now.tv_sec * kUsPerS + now.tv_nsec / kNsPerUs);
}

bool listens(int descriptor) {
  return ::sd_is_socket(descriptor, AF_INET, SOCK_STREAM, kListens) > 0 ||
         ::sd_is_socket(descriptor, AF_INET6, SOCK_STREAM, kListens) > 0 ||
         ::sd_is_socket(descriptor, AF_UNIX, SOCK_STREAM, kListens) > 0;
}

}  // namespace

ServiceManager ServiceManager::take() {
  ServiceManager manager;
  manager.is_there_ = std::getenv("NOTIFY_SOCKET") != nullptr;
  manager.sockets_ = ::sd_listen_fds(kUnset);
  std::uint64_t watchdog_us = 0;
  if (::sd_watchdog_enabled(kUnset, &watchdog_us) > 0) {
    manager.watchdog_ = std::chrono::microseconds(watchdog_us);
  }
  return manager;
}

Result<std::vector<int>> ServiceManager::listening_sockets() const {
  if (!has_sockets()) {
    return Error{
        "--web.systemd-socket: expected sockets from the service manager, got none; run systemctl "
        "start shm-exporter.socket, or listen by --web.listen-address instead"};
  }
  std::vector<int> sockets;
  for (int descriptor = SD_LISTEN_FDS_START; descriptor < SD_LISTEN_FDS_START + sockets_;
       ++descriptor) {
    if (!listens(descriptor)) {
      return Error{
          "--web.systemd-socket: expected stream sockets of TCP or unix that listen, but "
          "descriptor " +
          std::to_string(descriptor) +
          " is none; in the socket unit use ListenStream= with Accept=no"};
    }
    sockets.push_back(descriptor);
  }
  return sockets;
}

void ServiceManager::ready(const std::string& status) const {
  tell("READY=1\nSTATUS=" + status);
}

void ServiceManager::reloading() const {
  tell("RELOADING=1\nMONOTONIC_USEC=" + monotonic_us() +
       "\nSTATUS=Reading the configuration again.");
}

void ServiceManager::alive(const std::string& status) const {
  tell("WATCHDOG=1\nSTATUS=" + status);
}

void ServiceManager::stopping() const {
  tell("STOPPING=1\nSTATUS=Finishing what is under way.");
}

}  // namespace shmx
