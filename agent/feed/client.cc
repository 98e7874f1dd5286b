#include "agent/feed/client.h"

namespace shmx::feed {

class Client::Impl {};

std::uint64_t Histogram::count() const noexcept {
  return 0;
}
Client::Client(const Subscription&) {}
Client::~Client() = default;
std::optional<Result<Snapshot>> Client::next() {
  return {};
}
void Client::cancel() {}

}  // namespace shmx::feed
