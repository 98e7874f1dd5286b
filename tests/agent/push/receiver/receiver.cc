#include "tests/agent/push/receiver/receiver.h"

#include <utility>

namespace shmx::testing {

Receiver::Receiver(ReceiverOptions options)
    : options_(std::move(options)), reception_(options_.reception) {
  come_up();
}

Receiver::~Receiver() {
  go_down();
}

std::string Receiver::http_url() const {
  return scheme() + "://127.0.0.1:" + std::to_string(http_port_) + options_.path;
}

std::string Receiver::grpc_url() const {
  return scheme() + "://127.0.0.1:" + std::to_string(grpc_port_);
}

void Receiver::go_down() {
  reception_.stop();
  http_.reset();
  grpc_.reset();
}

void Receiver::come_up(const std::optional<ServerTls>& tls) {
  options_.tls = tls;
  reception_.start();
  http_ = std::make_unique<HttpServer>(reception_, options_.path, options_.tls, http_port_);
  grpc_ = std::make_unique<GrpcServer>(reception_, options_.tls, grpc_port_);
  http_port_ = http_->port();
  grpc_port_ = grpc_->port();
}

}  // namespace shmx::testing
