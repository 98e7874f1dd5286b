// Keeps the set of open connections.
#include "agent/web/connections.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <vector>

namespace shmx::web {
namespace asio = boost::asio;

Connections::Connections(asio::io_context& loop)
    : changed_(loop, asio::steady_timer::time_point::max()) {}

void Connections::remove(Connection& connection) {
  open_.erase(&connection);
  changed_.cancel();
}

std::uint64_t Connections::became_idle() {
  changed_.cancel();
  return ++last_ticket_;
}

void Connections::close_longest_idle() noexcept {
  Connection* longest = nullptr;
  for (auto* connection : open_) {
    if (connection->idle_since() == 0) continue;
    if (!longest || connection->idle_since() < longest->idle_since()) longest = connection;
  }
  if (longest) longest->close();
}

void Connections::close_idle() noexcept {
  for (auto* connection : open_) {
    if (connection->idle_since() != 0) connection->close();
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
