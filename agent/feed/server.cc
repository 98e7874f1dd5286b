#include "agent/feed/server.h"

namespace shmx::feed {

class Server::Impl {};

Result<std::unique_ptr<Server>> Server::start(Options, Hooks) {
  return Error{"not yet"};
}
Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;
const std::string& Server::address() const noexcept {
  static const std::string none;
  return none;
}
void Server::stop() {}

}  // namespace shmx::feed
