// An HTTP/1.1 server for a handful of pages. Single-threaded: everything here happens on the thread
// that runs the loop; only a Responder may be called elsewhere. Knows nothing of what it serves.
#ifndef SHM_EXPORTER_AGENT_WEB_SERVER_H
#define SHM_EXPORTER_AGENT_WEB_SERVER_H

#include <chrono>
#include <cstddef>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <vector>

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
};

/// What the server asks or tells; each is called on the loop's thread.
struct ServerHooks {
  /// The time for the Date header.
  std::function<std::time_t()> now;

  /// After each response was sent or given up: the route's path (empty when none matched), the
  /// status and the size of the body.
  std::function<void(const std::string& route, unsigned status, std::size_t bytes)> on_response;

  /// Something that an operator should know, such as no descriptor left for a connection.
  std::function<void(const std::string& problem)> on_problem;
};

class Server {
 public:
  /// Every hook must be set. The loop outlives the server and every Responder.
  Server(boost::asio::io_context& loop, ServerConfig config, ServerHooks hooks,
         std::vector<Route> routes);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds every address, or none. Returns the bound addresses, with the ports that the kernel
  /// chose.
  Result<std::vector<std::string>> listen();

  /// Stops accepting, closes idle connections and lets requests in flight finish within `grace`;
  /// then closes what is left. `stopped` is called once, when no connection is left or the time is
  /// over.
  void stop(std::chrono::milliseconds grace, std::function<void()> stopped);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_SERVER_H
