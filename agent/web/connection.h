// One client's connection, from its first request to its last. Beast stays in connection.cc.
#ifndef SHM_EXPORTER_AGENT_WEB_CONNECTION_H
#define SHM_EXPORTER_AGENT_WEB_CONNECTION_H

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "agent/web/connections.h"
#include "agent/web/limits.h"
#include "agent/web/router.h"
#include "agent/web/server.h"

namespace shmx::web {

/// What the connections of a server share. Loop thread only.
struct Shared {
  Shared(boost::asio::io_context& loop, Limits limits_in, ServerHooks hooks_in,
         std::vector<Route> routes)
      : limits(limits_in),
        hooks(std::move(hooks_in)),
        router(std::move(routes)),
        connections(loop) {}

  const Limits limits;
  const ServerHooks hooks;
  Router router;
  Connections connections;
  bool stopping = false;  ///< each connection's next response is its last
};

/// Serves the socket until it closes. The connection keeps itself and `shared` alive.
void serve(boost::asio::ip::tcp::socket socket, std::shared_ptr<Shared> shared);

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_CONNECTION_H
