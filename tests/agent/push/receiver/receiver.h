// A strict OTLP receiver of metrics for tests, over both protocols at once: see Behaviour for what
// it can be made to do, Reception for what it tells, faults.h and ledger.h for what it demands.
#ifndef SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_RECEIVER_H
#define SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_RECEIVER_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "tests/agent/push/receiver/grpc_server.h"
#include "tests/agent/push/receiver/http_server.h"
#include "tests/agent/push/receiver/reception.h"

namespace shmx::testing {

struct ReceiverOptions {
  ReceptionOptions reception{};
  std::optional<ServerTls> tls{};
  std::string path = "/v1/metrics";  ///< of HTTP
};

class Receiver {
 public:
  explicit Receiver(ReceiverOptions options = {});
  ~Receiver();
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  Reception& reception() noexcept { return reception_; }
  Reception* operator->() noexcept { return &reception_; }

  std::string http_url() const;  ///< complete
  std::string grpc_url() const;

  /// Closes all connections and listens no more.
  void go_down();
  /// Listens again where it did before, from now on with these files.
  void come_up(const std::optional<ServerTls>& tls);
  void come_up() { come_up(options_.tls); }

 private:
  std::string scheme() const { return options_.tls ? "https" : "http"; }

  ReceiverOptions options_;
  Reception reception_;
  std::uint16_t http_port_ = 0;
  std::uint16_t grpc_port_ = 0;
  std::unique_ptr<HttpServer> http_;
  std::unique_ptr<GrpcServer> grpc_;
};

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_RECEIVER_H
