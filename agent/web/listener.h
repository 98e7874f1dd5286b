// Binds a listen address, or takes a socket that is bound, and accepts its connections.
#ifndef SHM_EXPORTER_AGENT_WEB_LISTENER_H
#define SHM_EXPORTER_AGENT_WEB_LISTENER_H

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>

#include "agent/files/unix_socket.h"
#include "agent/web/connection.h"
#include "shm/result.h"

namespace shmx::web {

using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;

struct Listener {
  Acceptor acceptor;
  std::string address;                       ///< with the port that the kernel chose
  std::optional<files::UnixSocket> place{};  ///< of a unix socket: removes it at the end
};

/// Resolves (a name, if it must, blocking), binds and listens. `[::]` and an empty host take IPv4
/// too. Whoever reaches a unix socket's directory may connect.
Result<Listener> bind_listener(boost::asio::io_context& loop, const std::string& address);

/// Of a socket of TCP or unix that listens, which is the listener's from now on. Nothing is removed
/// at its end.
Listener adopt_listener(boost::asio::io_context& loop, int socket);

/// Accepts until the listener is closed.
boost::asio::awaitable<void> accept_connections(std::shared_ptr<Listener> listener,
                                                std::shared_ptr<Shared> shared);

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_LISTENER_H
