// The connections that a server has open, and which of them makes room when there are too many.
//
// Whatever the server waits for from a client, the client can delay: a handshake, a request, the
// rest of one, that it takes its response. So the one that has kept the server waiting the longest
// is worth the least. Those who hold many connections and do nothing with them cut themselves off
// by opening more, and whoever is quick is served among however many that are not. Loop thread
// only.
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

struct Route;

/// What a connection waits for from its client.
struct Wait {
  enum class Reason {
    none,           ///< nothing: a request is being answered
    handshake,      ///< of TLS, or its end
    first_request,  ///< the first byte of the first one
    request,        ///< the first byte of the next one
    rest,           ///< the other bytes of a request
    reader,         ///< that its response is taken
  };
  Reason reason = Reason::none;
  std::uint64_t since = 0;      ///< as Connections::next_ticket() said when it began
  const Route* page = nullptr;  ///< whose response it is; null: an error's
};

class Connection {
 public:
  virtual ~Connection() = default;

  virtual const Wait& wait() const noexcept = 0;

  /// Cuts it: whatever it waits for from the client ends, and it gives back what it holds.
  virtual void close() noexcept = 0;
};

class Connections {
 public:
  explicit Connections(boost::asio::io_context& loop);

  void add(Connection& connection) { open_.insert(&connection); }
  void remove(Connection& connection);
  std::size_t size() const noexcept { return open_.size(); }

  /// A connection begins to wait for its client. Returns a number that grows with every call.
  std::uint64_t next_ticket();

  /// Cuts the one that has waited for its client the longest. False: none waits.
  bool close_longest_waiting();

  /// Of those that wait for a client to take a response of that page.
  bool close_longest_sending(const Route& page);

  /// Those between whose requests nothing would be lost: a client knows that a connection may end
  /// there, and tries again.
  void close_idle() noexcept;
  /// Those that have not sent a first request.
  void close_newcomers() noexcept;
  void close_all() noexcept;

  /// Waits until a connection was removed or began to wait, or wake() was called.
  boost::asio::awaitable<void> wait_for_change();
  void wake() { changed_.cancel(); }

  /// Waits until none is left, at most so long. Nobody may wait_for_change() any more.
  boost::asio::awaitable<void> wait_until_empty(std::chrono::milliseconds at_most);

 private:
  template <typename Condition>
  bool close_longest(Condition condition);

  std::unordered_set<Connection*> open_;
  std::uint64_t last_ticket_ = 0;
  boost::asio::steady_timer changed_;  // cancelled at each change
};

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_CONNECTIONS_H
