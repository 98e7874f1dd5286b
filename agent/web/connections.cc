// Keeps the set of open connections.
#include "agent/web/connections.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace shmx::web {
namespace asio = boost::asio;

Connections::Connections(asio::io_context& loop)
    : changed_(loop, asio::steady_timer::time_point::max()) {}

void Connections::remove(Connection& connection) {
  open_.erase(&connection);
  changed_.cancel();
}

std::uint64_t Connections::next_ticket() {
  changed_.cancel();
  return ++last_ticket_;
}

/// What is cut leaves the set at once, not when its coroutine has ended: its place is free, and it
/// is not cut twice for two newcomers.
template <typename Condition>
bool Connections::close_longest(Condition condition) {
  Connection* longest = nullptr;
  for (auto* connection : open_) {
    const Wait& wait = connection->wait();
    if (wait.reason == Wait::Reason::none || !condition(wait)) continue;
    if (!longest || wait.since < longest->wait().since) longest = connection;
  }
  if (!longest) return false;
  open_.erase(longest);
  longest->close();
  return true;
}

bool Connections::close_longest_waiting() {
  return close_longest([](const Wait&) { return true; });
}

bool Connections::close_longest_sending(const Route& page) {
  return close_longest([&](const Wait& wait) { return wait.page == &page; });
}

void Connections::close_idle() noexcept {
  for (auto* connection : open_) {
    if (connection->wait().reason == Wait::Reason::request) connection->close();
  }
}

void Connections::close_newcomers() noexcept {
  for (auto* connection : open_) {
    const auto reason = connection->wait().reason;
    if (reason == Wait::Reason::first_request || reason == Wait::Reason::handshake) {
      connection->close();
    }
  }
}

void Connections::close_all() noexcept {
  for (auto* connection : open_) connection->close();
}

asio::awaitable<void> Connections::wait_for_change() {
  boost::system::error_code cancelled;
  co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

asio::awaitable<void> Connections::wait_until_empty(std::chrono::milliseconds at_most) {
  changed_.expires_after(at_most);
  while (!open_.empty()) {
    boost::system::error_code cancelled;
    co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    if (!cancelled) co_return;
  }
}

}  // namespace shmx::web
