// A TLS server on a port of its own, on a thread of its own: one connection after the other, each
// until its client says farewell.
#ifndef SHM_EXPORTER_TESTS_TOOL_TLS_SERVER_H
#define SHM_EXPORTER_TESTS_TOOL_TLS_SERVER_H

#include <cstdint>
#include <memory>
#include <string>

namespace shmx::test {

struct TlsServerOptions {
  std::string chain_pem;  ///< its own certificate first
  std::string key_pem;
  std::string client_authorities_pem{};  ///< not empty: clients must have a certificate of theirs
  std::string alpn{};                    ///< the only protocol that it chooses; empty: none
  int max_version = 0;                   ///< TLS1_2_VERSION; 0: the newest
};

class TlsServer {
 public:
  explicit TlsServer(TlsServerOptions options);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  std::uint16_t port() const;

  /// What the last client that was accepted sent as SNI; empty: none did.
  std::string server_name() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace shmx::test

#endif  // SHM_EXPORTER_TESTS_TOOL_TLS_SERVER_H
