// Accepting, with the connection limit and without spinning when the host has no descriptors left.
#include "agent/web/listener.h"

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/lexical_cast.hpp>
#include <new>

#include "agent/web/endpoint.h"

namespace shmx::web {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
namespace {

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

error_code open(tcp::acceptor& listener, const tcp::endpoint& endpoint) {
  error_code error;
  listener.open(endpoint.protocol(), error);
  if (!error) listener.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && endpoint.protocol() == tcp::v6()) {
    const bool every_address = endpoint.address().is_unspecified();
    listener.set_option(asio::ip::v6_only(!every_address), error);
  }
  if (!error) listener.bind(endpoint, error);
  if (!error) listener.listen(asio::socket_base::max_listen_connections, error);
  return error;
}

/// Whether the connection or its client failed, and not this host: the next one may do better.
bool concerns_one_client(const error_code& error) {
  return error == asio::error::connection_aborted || error == asio::error::interrupted ||
         error == asio::error::try_again || error == boost::system::errc::protocol_error;
}

/// An accept loop must outlive a moment without memory.
error_code begin(tcp::socket socket, const std::shared_ptr<Shared>& shared) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  try {
    serve(std::move(socket), shared);
  } catch (const std::bad_alloc&) {
    return asio::error::no_memory;
  }
  return {};
}

/// Waits until a client knocks and there is room for it, which idle connections make. Returns false
/// when the listener was closed.
asio::awaitable<bool> wait_for_client(tcp::acceptor& listener, Shared& shared) {
  error_code closed;
  co_await listener.async_wait(tcp::acceptor::wait_read,
                               asio::redirect_error(asio::use_awaitable, closed));
  while (listener.is_open() && shared.connections.size() >= shared.limits.connections) {
    shared.connections.close_longest_idle();
    co_await shared.connections.wait_for_change();
  }
  co_return listener.is_open();
}

}  // namespace

Result<tcp::acceptor> bind_listener(asio::io_context& loop, const std::string& address) {
  const auto endpoint = parse_endpoint(address);
  if (!endpoint) return endpoint.error();
  error_code error;
  const auto resolved = resolve(loop, endpoint.value(), error);
  tcp::acceptor listener(loop);
  if (!error) error = open(listener, resolved);
  const bool no_ipv6 = error == asio::error::address_family_not_supported ||
                       error == boost::system::errc::address_not_available;
  if (no_ipv6 && endpoint.value().host.empty()) {
    listener.close(error);
    error = open(listener, {asio::ip::address_v4::any(), endpoint.value().port});
  }
  if (error) return Error{"cannot listen on " + address + ": " + error.message(), error.value()};
  return listener;
}

std::string address_of(const tcp::acceptor& listener) {
  return boost::lexical_cast<std::string>(listener.local_endpoint());
}

asio::awaitable<void> accept_connections(std::shared_ptr<tcp::acceptor> listener,
                                         std::shared_ptr<Shared> shared) {
  asio::steady_timer pause(listener->get_executor());
  bool exhausted = false;  // so that a long shortage is told once
  while (co_await wait_for_client(*listener, *shared)) {
    error_code error;
    tcp::socket socket =
        co_await listener->async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (!error) error = begin(std::move(socket), shared);
    if (!error) {
      exhausted = false;
    } else if (listener->is_open() && !concerns_one_client(error)) {
      if (!exhausted) shared->hooks.on_problem("cannot accept connections: " + error.message());
      exhausted = true;
      // An idle connection's descriptor is worth less than a new request.
      shared->connections.close_longest_idle();
      pause.expires_after(shared->limits.accept_pause);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
  }
}

}  // namespace shmx::web
