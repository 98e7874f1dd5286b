// A client over TLS, by OpenSSL alone, that can be made to want what the server does not. Blocking;
// a read that nobody answers is ended by the test's own time limit.
#ifndef SHM_EXPORTER_TESTS_AGENT_WEB_TLS_CLIENT_H
#define SHM_EXPORTER_TESTS_AGENT_WEB_TLS_CLIENT_H

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>

#include "tests/agent/web/client.h"

namespace shmx::web {

struct TlsWishes {
  std::string authority{};    ///< PEM of whom the server's certificate must be from; empty: anyone
  std::string certificate{};  ///< PEM; empty: none
  std::string key{};
  int min_version = 0;  ///< 0: the library's
  int max_version = 0;
  std::string ciphers{};  ///< of TLS 1.2 and below, OpenSSL's names
  std::string groups{};
  std::string protocols{};  ///< of ALPN, each after a byte with its length
};

class TlsClient {
 public:
  /// Connects to HOST:PORT and shakes hands. Throws when it cannot connect; see is_open() for the
  /// rest.
  TlsClient(const std::string& address, const TlsWishes& wishes);
  /// Takes a connected descriptor.
  TlsClient(int fd, const TlsWishes& wishes);
  TlsClient(TlsClient&&) = delete;
  ~TlsClient();

  /// Whether the client's side of the handshake succeeded. With TLS 1.3 the server may still refuse
  /// its certificate.
  bool is_open() const noexcept { return open_; }

  void send(std::string_view bytes);
  Reply receive();
  Reply get(const std::string& path, const std::string& headers = "");

  /// Reads to the end. Whether it was a close_notify, and no byte came before it.
  bool is_closed_properly();

  /// The PEM of the certificate that the server presented.
  std::string server_certificate() const;

  SSL* connection() const noexcept { return ssl_.get(); }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
    void operator()(SSL* connection) const noexcept { SSL_free(connection); }
  };
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> ssl_;
  int fd_ = -1;
  bool open_ = false;
  std::string received_;
};

/// A connected descriptor of TCP. Throws where there can be none.
int connect_to(const std::string& address);

}  // namespace shmx::web

#endif  // SHM_EXPORTER_TESTS_AGENT_WEB_TLS_CLIENT_H
