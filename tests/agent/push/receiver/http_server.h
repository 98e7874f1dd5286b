// OTLP over HTTP, as a receiver: strict about the request's head, scripted in its answers.
#ifndef SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_HTTP_SERVER_H
#define SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_HTTP_SERVER_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "tests/agent/push/receiver/reception.h"

namespace shmx::testing {

/// PEM files of a server. With client authorities, clients must show a certificate of theirs.
struct ServerTls {
  std::string certificate;
  std::string key;
  std::string client_authorities{};
};

/// Serves on a thread of its own until destroyed; then its connections are closed.
class HttpServer {
 public:
  /// On 127.0.0.1; port 0: the kernel chooses. `path`: the one that is right. Throws when it
  /// cannot.
  HttpServer(Reception& reception, const std::string& path, const std::optional<ServerTls>& tls,
             std::uint16_t port);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_HTTP_SERVER_H
