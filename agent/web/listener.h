// Binds a listen address and accepts its connections.
#ifndef SHM_EXPORTER_AGENT_WEB_LISTENER_H
#define SHM_EXPORTER_AGENT_WEB_LISTENER_H

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>

#include "agent/web/connection.h"
#include "shm/result.h"

namespace shmx::web {

/// Resolves (a name, if it must, blocking), binds and listens. `[::]` and an empty host take IPv4
/// too.
Result<boost::asio::ip::tcp::acceptor> bind_listener(boost::asio::io_context& loop,
                                                     const std::string& address);

/// HOST:PORT of a bound listener.
std::string address_of(const boost::asio::ip::tcp::acceptor& listener);

/// Accepts until the listener is closed.
boost::asio::awaitable<void> accept_connections(
    std::shared_ptr<boost::asio::ip::tcp::acceptor> listener, std::shared_ptr<Shared> shared);

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_LISTENER_H
