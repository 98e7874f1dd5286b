#include "tests/tool/tls_server.h"

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <mutex>
#include <thread>
#include <utility>

namespace shmx::test {
namespace asio = boost::asio;
using asio::ip::tcp;

class TlsServer::Impl {
 public:
  explicit Impl(TlsServerOptions options) : options_(std::move(options)) {
    tls_.use_certificate_chain(asio::buffer(options_.chain_pem));
    tls_.use_private_key(asio::buffer(options_.key_pem), asio::ssl::context::pem);
    if (!options_.client_authorities_pem.empty()) {
      tls_.add_certificate_authority(asio::buffer(options_.client_authorities_pem));
      tls_.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
    }
    SSL_CTX_set_max_proto_version(tls_.native_handle(), options_.max_version);
    SSL_CTX_set_alpn_select_cb(tls_.native_handle(), &Impl::choose, this);
    // Noted before the server answers: later, a client may be gone with its answer and ask for it.
    SSL_CTX_set_tlsext_servername_callback(tls_.native_handle(), &Impl::note);
    SSL_CTX_set_tlsext_servername_arg(tls_.native_handle(), this);
    thread_ = std::thread([this] { serve(); });
  }

  ~Impl() {
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);  // Wakes accept().
    thread_.join();
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::string server_name() const {
    const std::lock_guard lock(mutex_);
    return server_name_;
  }

 private:
  static int choose(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned offered_size, void* self) {
    const std::string& alpn = static_cast<Impl*>(self)->options_.alpn;
    const std::string entry = static_cast<char>(alpn.size()) + alpn;
    const std::string all(reinterpret_cast<const char*>(offered), offered_size);
    const std::size_t at = all.find(entry);
    if (alpn.empty() || at == std::string::npos) {
      return SSL_TLSEXT_ERR_NOACK;
    }
    *out = offered + at + 1;
    *out_size = static_cast<unsigned char>(alpn.size());
    return SSL_TLSEXT_ERR_OK;
  }

  static int note(SSL* ssl, int* /*alert*/, void* self) {
    const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    auto& server = *static_cast<Impl*>(self);
    const std::lock_guard lock(server.mutex_);
    server.server_name_ = name == nullptr ? "" : name;
    return SSL_TLSEXT_ERR_OK;
  }

  void serve() {
    boost::system::error_code error;
    for (;;) {
      asio::ssl::stream<tcp::socket> stream(loop_, tls_);
      acceptor_.accept(stream.next_layer(), error);
      if (error) {
        return;
      }
      stream.handshake(stream.server, error);
      std::array<char, 256> bytes{};
      while (!error) {
        stream.read_some(asio::buffer(bytes), error);
      }
    }
  }

  TlsServerOptions options_;
  asio::io_context loop_;
  asio::ssl::context tls_{asio::ssl::context::tls_server};
  tcp::acceptor acceptor_{loop_, {asio::ip::address_v4::loopback(), 0}};
  mutable std::mutex mutex_;
  std::string server_name_;
  std::thread thread_;
};

TlsServer::TlsServer(TlsServerOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
TlsServer::~TlsServer() = default;
std::uint16_t TlsServer::port() const {
  return impl_->port();
}
std::string TlsServer::server_name() const {
  return impl_->server_name();
}

}  // namespace shmx::test
