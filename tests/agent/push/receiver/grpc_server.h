// OTLP over gRPC, as a receiver: scripted in its answers.
#ifndef SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_GRPC_SERVER_H
#define SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_GRPC_SERVER_H

#include <cstdint>
#include <memory>
#include <optional>

#include "tests/agent/push/receiver/http_server.h"
#include "tests/agent/push/receiver/reception.h"

namespace shmx::testing {

/// Serves until destroyed; calls under way are then cancelled, so stop the reception first.
class GrpcServer {
 public:
  /// On 127.0.0.1; port 0: the kernel chooses. Throws when it cannot.
  GrpcServer(Reception& reception, const std::optional<ServerTls>& tls, std::uint16_t port);
  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  std::uint16_t port() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_GRPC_SERVER_H
