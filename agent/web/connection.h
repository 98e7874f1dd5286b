// Clients' connections: what those of one server share, and how one begins.
#ifndef SHM_EXPORTER_AGENT_WEB_CONNECTION_H
#define SHM_EXPORTER_AGENT_WEB_CONNECTION_H

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "agent/web/connections.h"
#include "agent/web/front.h"
#include "agent/web/limits.h"
#include "agent/web/router.h"
#include "agent/web/server.h"
#include "agent/web/token_bucket.h"

namespace shmx::web {

/// Of TCP or a unix socket.
using Socket = boost::asio::generic::stream_protocol::socket;

/// What the connections of a server share. Loop thread only.
struct Shared {
  Shared(boost::asio::io_context& loop, Limits limits_in, ServerHooks hooks_in,
         std::vector<Route> routes);

  /// A rate limit of the same numbers goes on where it was: a reload grants nobody another burst.
  void use(std::shared_ptr<const Front> next);

  const Limits limits;
  const ServerHooks hooks;
  Router router;
  Connections connections;
  std::shared_ptr<const Front> front;  ///< never null
  std::optional<TokenBucket> bucket{};
  bool stopping = false;  ///< each connection's next response is its last
};

/// A place among the route's requests, or why there is none.
std::variant<Admission, Refusal> admit(Shared& shared, const Request& request);

/// Serves the socket until it closes. The connection keeps itself and `shared` alive.
void serve(Socket socket, const std::shared_ptr<Shared>& shared);

/// The two kinds, each in a file of its own, since they take long to compile.
void serve_plain(Socket socket, Peer peer, std::shared_ptr<Shared> shared);
void serve_tls(Socket socket, Peer peer, std::shared_ptr<Shared> shared);

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_CONNECTION_H
