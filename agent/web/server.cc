// Starts and stops what serves: listeners and connections.
#include "agent/web/server.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

#include "agent/web/connection.h"
#include "agent/web/listener.h"

namespace shmx::web {
namespace asio = boost::asio;

class Server::Impl {
 public:
  Impl(asio::io_context& loop, ServerConfig config, ServerHooks hooks, std::vector<Route> routes)
      : loop_(loop),
        addresses_(std::move(config.listen_addresses)),
        sockets_(std::move(config.listening_sockets)),
        shared_(
            std::make_shared<Shared>(loop, config.limits, std::move(hooks), std::move(routes))) {}

  Result<std::vector<std::string>> listen() {
    if (auto problem = shared_->router.problem(); !problem.empty()) return Error{problem, 0};
    for (const int socket : std::exchange(sockets_, {})) {
      listeners_.push_back(std::make_shared<Listener>(adopt_listener(loop_, socket)));
    }
    for (const auto& address : addresses_) {
      auto listener = bind_listener(loop_, address);
      if (!listener) {
        listeners_.clear();
        return listener.error();
      }
      listeners_.push_back(std::make_shared<Listener>(std::move(listener).value()));
    }
    std::vector<std::string> bound;
    for (const auto& listener : listeners_) {
      bound.push_back(listener->address);
      // A listener that ended by an exception (no memory) would leave a server that nobody reaches:
      // it goes to whoever runs the loop.
      asio::co_spawn(loop_, accept_connections(listener, shared_),
                     [](const std::exception_ptr& failed) {
                       if (failed) std::rethrow_exception(failed);
                     });
    }
    return bound;
  }

  void replace(std::shared_ptr<const Front> front) { shared_->use(std::move(front)); }

  void close() {
    shared_->stopping = true;
    for (const auto& listener : listeners_) {
      boost::system::error_code ignored;
      listener->acceptor.close(ignored);
      listener->place.reset();
    }
    shared_->connections.wake();
    shared_->connections.close_idle();
  }

  void stop(std::chrono::milliseconds grace, std::function<void()> stopped) {
    close();
    auto finish = [](std::shared_ptr<Shared> shared, std::chrono::milliseconds at_most,
                     std::function<void()> done) -> asio::awaitable<void> {
      // Whose accept has succeeded, but was not told of yet.
      co_await asio::post(asio::use_awaitable);
      const auto newcomers = std::min(at_most, shared->limits.newcomer_timeout);
      co_await shared->connections.wait_until_empty(newcomers);
      shared->connections.close_newcomers();
      co_await shared->connections.wait_until_empty(at_most - newcomers);
      shared->connections.close_all();
      done();
    };
    asio::co_spawn(loop_, finish(shared_, grace, std::move(stopped)), asio::detached);
  }

 private:
  asio::io_context& loop_;
  const std::vector<std::string> addresses_;
  std::vector<int> sockets_;
  const std::shared_ptr<Shared> shared_;
  std::vector<std::shared_ptr<Listener>> listeners_;
};

Server::Server(asio::io_context& loop, ServerConfig config, ServerHooks hooks,
               std::vector<Route> routes)
    : impl_(std::make_unique<Impl>(loop, std::move(config), std::move(hooks), std::move(routes))) {}

Server::~Server() {
  impl_->close();
}

Result<std::vector<std::string>> Server::listen() {
  return impl_->listen();
}

void Server::replace(std::shared_ptr<const Front> front) {
  impl_->replace(std::move(front));
}

void Server::stop(std::chrono::milliseconds grace, std::function<void()> stopped) {
  impl_->stop(grace, std::move(stopped));
}

}  // namespace shmx::web
