// The connections that a server has open, and waiting for them to become fewer. Loop thread only.
#ifndef SHM_EXPORTER_AGENT_WEB_CONNECTIONS_H
#define SHM_EXPORTER_AGENT_WEB_CONNECTIONS_H

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <unordered_set>

namespace shmx::web {

class Connection {
 public:
  virtual ~Connection() = default;

  /// When it began to wait for a request, as Connections::became_idle() said. 0 while one is being
  /// read or answered.
  virtual std::uint64_t idle_since() const noexcept = 0;

  /// Cuts it: whatever it waits for from the client ends.
  virtual void close() noexcept = 0;
};

class Connections {
 public:
  explicit Connections(boost::asio::io_context& loop);

  void add(Connection& connection) { open_.insert(&connection); }
  void remove(Connection& connection);
  std::size_t size() const noexcept { return open_.size(); }

  /// A connection begins to wait for a request. Returns a number that grows with every call.
  std::uint64_t became_idle();

  void close_longest_idle() noexcept;
  void close_idle() noexcept;
  void close_all() noexcept;

  /// Waits until a connection was removed or became idle, or wake() was called.
  boost::asio::awaitable<void> wait_for_change();
  void wake() { changed_.cancel(); }

  /// Waits until none is left, at most so long. Nobody may wait_for_change() any more.
  boost::asio::awaitable<void> wait_until_empty(std::chrono::milliseconds at_most);

 private:
  std::unordered_set<Connection*> open_;
  std::uint64_t last_ticket_ = 0;
  boost::asio::steady_timer changed_;  // cancelled at each change
};

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_CONNECTIONS_H
