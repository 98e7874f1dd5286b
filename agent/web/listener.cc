// Accepting, with the connection limit and without spinning when the host has no descriptors left.
#include "agent/web/listener.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/lexical_cast.hpp>
#include <cstring>
#include <new>
#include <utility>

#include "agent/web/endpoint.h"

namespace shmx::web {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
namespace {

/// Everybody may connect: the kernel says who it is. Who may reach the directory is the operator's
/// affair.
constexpr mode_t kSocketMode = 0666;

tcp::endpoint resolve(asio::io_context& loop, const Endpoint& endpoint, error_code& error) {
  if (endpoint.host.empty()) return {asio::ip::address_v6::any(), endpoint.port};
  const auto address = asio::ip::make_address(endpoint.host, error);
  if (!error) return {address, endpoint.port};
  tcp::resolver resolver(loop);
  const auto found =
      resolver.resolve(endpoint.host, std::to_string(endpoint.port), tcp::resolver::passive, error);
  if (error || found.empty()) return {};
  for (const auto& entry : found) {
    if (entry.endpoint().address().is_v4()) return entry;
  }
  return *found.begin();
}

error_code open(Acceptor& acceptor, const tcp::endpoint& endpoint) {
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(Acceptor::reuse_address(true), error);
  if (!error && endpoint.protocol() == tcp::v6()) {
    const bool every_address = endpoint.address().is_unspecified();
    acceptor.set_option(asio::ip::v6_only(!every_address), error);
  }
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  return error;
}

/// HOST:PORT of a bound acceptor, or unix:PATH.
std::string address_of(const Acceptor& acceptor) {
  const auto bound = acceptor.local_endpoint();
  if (bound.protocol().family() == AF_UNIX) {
    asio::local::stream_protocol::endpoint endpoint;
    std::memcpy(endpoint.data(), bound.data(), bound.size());
    endpoint.resize(bound.size());
    return "unix:" + endpoint.path();
  }
  tcp::endpoint endpoint;
  std::memcpy(endpoint.data(), bound.data(), bound.size());
  return boost::lexical_cast<std::string>(endpoint);
}

Error cannot_listen(const std::string& address, const error_code& error) {
  return {"cannot listen on " + address + ": " + error.message(), error.value()};
}

Result<Listener> bind_tcp(asio::io_context& loop, const Endpoint& endpoint,
                          const std::string& address) {
  error_code error;
  const auto resolved = resolve(loop, endpoint, error);
  Acceptor acceptor(loop);
  if (!error) error = open(acceptor, resolved);
  const bool no_ipv6 = error == asio::error::address_family_not_supported ||
                       error == boost::system::errc::address_not_available;
  if (no_ipv6 && endpoint.host.empty()) {
    acceptor.close(error);
    error = open(acceptor, {asio::ip::address_v4::any(), endpoint.port});
  }
  if (error) return cannot_listen(address, error);
  auto bound = address_of(acceptor);
  return Listener{std::move(acceptor), std::move(bound)};
}

Result<Listener> bind_unix(asio::io_context& loop, const std::string& path,
                           const std::string& address) {
  auto place = files::UnixSocket::prepare(path);
  if (!place) return place.error();
  error_code error;
  Acceptor acceptor(loop);
  acceptor.open(asio::local::stream_protocol(), error);
  if (!error) acceptor.bind(asio::local::stream_protocol::endpoint(place->bind_path()), error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return cannot_listen(address, error);
  if (auto unpublished = place->publish(kSocketMode)) return *unpublished;
  return Listener{std::move(acceptor), "unix:" + path, std::move(place).value()};
}

/// Whether the connection or its client failed, and not this host: the next one may do better.
bool concerns_one_client(const error_code& error) {
  return error == asio::error::connection_aborted || error == asio::error::interrupted ||
         error == asio::error::try_again || error == boost::system::errc::protocol_error;
}

/// An accept loop must outlive a moment without memory.
error_code begin(Socket socket, const std::shared_ptr<Shared>& shared) {
  error_code ignored;  // of a unix socket, which has no such option
  socket.set_option(tcp::no_delay(true), ignored);
  try {
    serve(std::move(socket), shared);
  } catch (const std::bad_alloc&) {
    return asio::error::no_memory;
  }
  return {};
}

/// Waits until a client knocks and there is room for it, which a slower client makes. Returns false
/// when the listener was closed.
asio::awaitable<bool> wait_for_client(Acceptor& acceptor, Shared& shared) {
  error_code closed;
  co_await acceptor.async_wait(Acceptor::wait_read,
                               asio::redirect_error(asio::use_awaitable, closed));
  while (acceptor.is_open() && shared.connections.size() >= shared.limits.connections) {
    if (!shared.connections.close_longest_waiting()) co_await shared.connections.wait_for_change();
  }
  co_return acceptor.is_open();
}

}  // namespace

Result<Listener> bind_listener(asio::io_context& loop, const std::string& address) {
  const auto endpoint = parse_endpoint(address);
  if (!endpoint) return endpoint.error();
  if (endpoint.value().path.empty()) return bind_tcp(loop, endpoint.value(), address);
  return bind_unix(loop, endpoint.value().path, address);
}

Listener adopt_listener(asio::io_context& loop, int socket) {
  struct sockaddr_storage bound {};
  socklen_t size = sizeof bound;
  // Fails for what is no socket, which whoever gave it has checked.
  ::getsockname(socket, reinterpret_cast<struct sockaddr*>(&bound), &size);
  const int protocol = bound.ss_family == AF_UNIX ? 0 : IPPROTO_TCP;
  Acceptor acceptor(loop, asio::generic::stream_protocol(bound.ss_family, protocol), socket);
  auto address = address_of(acceptor);
  return Listener{std::move(acceptor), std::move(address)};
}

asio::awaitable<void> accept_connections(std::shared_ptr<Listener> listener,
                                         std::shared_ptr<Shared> shared) {
  auto& acceptor = listener->acceptor;
  asio::steady_timer pause(acceptor.get_executor());
  bool exhausted = false;  // so that a long shortage is told once
  while (co_await wait_for_client(acceptor, *shared)) {
    error_code error;
    Socket socket =
        co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (!error) error = begin(std::move(socket), shared);
    if (!error) {
      exhausted = false;
    } else if (acceptor.is_open() && !concerns_one_client(error)) {
      if (!exhausted) shared->hooks.on_problem("cannot accept connections: " + error.message());
      exhausted = true;
      // A slow client's descriptor is worth less than a new request.
      shared->connections.close_longest_waiting();
      pause.expires_after(shared->limits.accept_pause);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
  }
}

}  // namespace shmx::web
