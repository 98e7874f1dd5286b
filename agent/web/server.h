// An HTTP/1.1 server for a handful of pages, over TCP, TLS and unix sockets. Single-threaded:
// everything here happens on the thread that runs the loop; only a Responder may be called
// elsewhere. Knows nothing of what it serves.
#ifndef SHM_EXPORTER_AGENT_WEB_SERVER_H
#define SHM_EXPORTER_AGENT_WEB_SERVER_H

#include <chrono>
#include <cstddef>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/web/front.h"
#include "agent/web/limits.h"
#include "agent/web/router.h"
#include "shm/result.h"

namespace boost::asio {
class io_context;
}

namespace shmx::web {

struct ServerConfig {
  std::vector<std::string> listen_addresses;  ///< as endpoint.h reads them
  Limits limits;
  /// Sockets of TCP or unix that listen already; the server's from listen() on. Who waits in one's
  /// backlog when the server stops is left to whoever else has that socket.
  std::vector<int> listening_sockets{};
};

/// What the server asks or tells; each is called on the loop's thread. The first three must be set.
struct ServerHooks {
  /// The time for the Date header.
  std::function<std::time_t()> now;

  /// After each response was sent or given up: the route's path (empty when none matched), the
  /// status and the size of the body.
  std::function<void(const std::string& route, unsigned status, std::size_t bytes)> on_response;

  /// Something that an operator should know, such as no descriptor left for a connection.
  std::function<void(const std::string& problem)> on_problem;

  /// Called when a connection was accepted, before its handshake, and before each request is
  /// handled: the place to look whether files have changed, and to call Server::replace() then.
  std::function<void()> before_use{};

  /// A handshake failed, but for clients that left or were too slow: a word of a fixed set
  /// (certificate_missing, certificate_expired, certificate_not_yet_valid, certificate_authority,
  /// certificate_purpose, certificate_san, certificate_invalid; tls_handshake: no version or suite
  /// in common, no TLS at all, or the client does not trust the server), and for the log what was
  /// expected and presented.
  std::function<void(const std::string& peer, const std::string& reason, const std::string& detail)>
      on_refusal{};

  /// What the rate limit goes by.
  std::function<std::chrono::steady_clock::time_point()> monotonic =
      &std::chrono::steady_clock::now;
};

class Server {
 public:
  /// The loop outlives the server and every Responder. Plain HTTP until there is a front.
  Server(boost::asio::io_context& loop, ServerConfig config, ServerHooks hooks,
         std::vector<Route> routes);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Takes the sockets, and binds every address, or none. Returns their addresses, with the ports
  /// that the kernel chose.
  Result<std::vector<std::string>> listen();

  /// From now on new connections are made by `front`'s TLS, and every response has its headers and
  /// counts against its rate limit. Connections that there are live on; those without TLS over TCP
  /// end at their next request if there is TLS now. Never null. Loop thread only.
  void replace(std::shared_ptr<const Front> front);

  /// Stops accepting, closes idle connections and lets requests in flight finish within `grace`,
  /// also those of who has connected and is about to send one (Limits::newcomer_timeout); then
  /// closes what is left. `stopped` is called once, when no connection is left or the time is
  /// over.
  void stop(std::chrono::milliseconds grace, std::function<void()> stopped);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_SERVER_H
