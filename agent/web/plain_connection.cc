// Connections without TLS: of TCP and unix sockets.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "agent/web/http_connection.h"

namespace shmx::web {
namespace asio = boost::asio;
namespace {

class PlainConnection final : public HttpConnection<PlainStream> {
 public:
  PlainConnection(Socket socket, Peer peer, std::shared_ptr<Shared> shared)
      : HttpConnection(std::move(peer), std::move(shared), std::move(socket)) {}

  asio::awaitable<void> run() {
    // Not in the condition: GCC 12 would destroy what it awaits too early.
    const Next next = co_await serve_requests();
    if (next == Next::drain) co_await drain();
  }
};

}  // namespace

void serve_plain(Socket socket, Peer peer, std::shared_ptr<Shared> shared) {
  const auto executor = socket.get_executor();
  auto connection =
      std::make_shared<PlainConnection>(std::move(socket), std::move(peer), std::move(shared));
  auto run = [connection]() -> asio::awaitable<void> { co_await connection->run(); };
  asio::co_spawn(executor, std::move(run), asio::detached);
}

}  // namespace shmx::web
