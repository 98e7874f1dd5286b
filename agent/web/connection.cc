// How a connection begins, and whether a request of it is let in. HTTP is http_connection.h's
// business.
#include "agent/web/connection.h"

#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <cstring>

namespace shmx::web {
namespace asio = boost::asio;
using asio::ip::tcp;
namespace {

Peer peer_of(Socket& socket) {
  Peer peer;
  boost::system::error_code gone;
  const auto endpoint = socket.remote_endpoint(gone);
  if (gone) return peer;
  if (endpoint.protocol().family() == AF_UNIX) {
    peer.address = "unix";
    struct ucred credentials {};
    socklen_t size = sizeof credentials;
    if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0) {
      peer.uid = credentials.uid;
    }
    return peer;
  }
  tcp::endpoint address;
  std::memcpy(address.data(), endpoint.data(), endpoint.size());
  peer.address = address.address().to_string();
  return peer;
}

/// What Go's servers say to it.
Response needs_tls() {
  auto response = text_response(400, "Client sent an HTTP request to an HTTPS server.");
  response.close = true;
  return response;
}

}  // namespace

Shared::Shared(asio::io_context& loop, Limits limits_in, ServerHooks hooks_in,
               std::vector<Route> routes)
    : limits(limits_in),
      hooks(std::move(hooks_in)),
      router(std::move(routes)),
      connections(loop),
      front(std::make_shared<const Front>(nullptr, std::vector<Header>(), std::nullopt)) {}

void Shared::use(std::shared_ptr<const Front> next) {
  front = std::move(next);
  const auto& limit = front->rate_limit();
  const bool same = bucket && limit && bucket->limit().interval == limit->interval &&
                    bucket->limit().burst == limit->burst;
  if (same) return;
  bucket.reset();
  if (limit) bucket.emplace(*limit);
}

std::variant<Admission, Refusal> admit(Shared& shared, const Request& request) {
  // A connection of before TLS was configured.
  const bool local = request.peer.uid.has_value();
  if (shared.front->tls() && !request.peer.tls && !local) return Refusal{{}, needs_tls()};

  auto found = shared.router.find(request);
  const auto* admission = std::get_if<Admission>(&found);
  const auto* refusal = std::get_if<Refusal>(&found);
  const bool counts = refusal || admission->route().rate_limited;
  if (counts && shared.bucket && !shared.bucket->take(shared.hooks.monotonic())) {
    return Refusal{refusal ? refusal->path : admission->route().path,
                   text_response(429, "Too Many Requests")};
  }
  const Route* const crowded = refusal ? refusal->crowded : nullptr;
  if (crowded && shared.connections.close_longest_sending(*crowded)) {
    return shared.router.find(request);
  }
  return found;
}

void serve(Socket socket, const std::shared_ptr<Shared>& shared) {
  if (shared->hooks.before_use) shared->hooks.before_use();
  Peer peer = peer_of(socket);
  if (shared->front->tls() && !peer.uid) {
    peer.tls = true;
    serve_tls(std::move(socket), std::move(peer), shared);
  } else {
    serve_plain(std::move(socket), std::move(peer), shared);
  }
}

}  // namespace shmx::web
