// Connections over TLS: the handshake before the requests, and the session's end after them.
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <string_view>

#include "agent/web/http_connection.h"
#include "agent/web/tls_context.h"

namespace shmx::web {
namespace asio = boost::asio;
using boost::system::error_code;
namespace {

/// What Go's servers say, without TLS, to a client that speaks none.
constexpr std::string_view kNeedsTls =
    "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";

bool is_of_tls(const error_code& error) {
  return error.category() == asio::error::get_ssl_category();
}

bool is_plain_http(const error_code& error) {
  return is_of_tls(error) &&
         ERR_GET_REASON(static_cast<unsigned long>(error.value())) == SSL_R_HTTP_REQUEST;
}

/// What a failed handshake was refused for: the certificate's fault where it is that.
HandshakeRefusal refusal_of(const error_code& error, HandshakeRefusal certificate) {
  if (!certificate.reason.empty()) return certificate;
  const int reason = ERR_GET_REASON(static_cast<unsigned long>(error.value()));
  if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
    return {"certificate_missing", "expected a client certificate, none was presented"};
  }
  return {"tls_handshake", error.message()};
}

class TlsConnection final : public HttpConnection<asio::ssl::stream<PlainStream>> {
 public:
  TlsConnection(Socket socket, Peer peer, std::shared_ptr<Shared> shared,
                const std::shared_ptr<const TlsContext>& tls)
      : HttpConnection(std::move(peer), std::move(shared), std::move(socket), tls->context()),
        tls_(tls) {
    keep_refusal(stream_.native_handle(), refusal_);
  }

  asio::awaitable<void> run() {
    const error_code failed = co_await handshake();
    if (failed) {
      co_await end_handshake(failed);
      co_return;
    }
    peer_.chain = presented_chain(stream_.native_handle());
    const Next next = co_await serve_requests();
    if (next == Next::abandon) co_return;
    co_await end_session();
    if (next == Next::drain) co_await drain();
  }

 private:
  asio::awaitable<error_code> handshake() {
    error_code error;
    begin_wait(Wait::Reason::handshake);
    lowest().expires_after(shared_->limits.read_timeout);
    co_await stream_.async_handshake(asio::ssl::stream_base::server,
                                     asio::redirect_error(asio::use_awaitable, error));
    co_return error;
  }

  /// OpenSSL has sent its alert; who spoke HTTP is told in HTTP.
  asio::awaitable<void> end_handshake(const error_code& failed) {
    if (!is_of_tls(failed)) co_return;  // gone, too slow, or cut: nothing was refused
    tell(refusal_of(failed, std::move(refusal_)));
    if (is_plain_http(failed)) {
      error_code ignored;
      co_await asio::async_write(stream_.next_layer(), asio::buffer(kNeedsTls),
                                 asio::redirect_error(asio::use_awaitable, ignored));
    }
    co_await drain();
  }

  /// Sends close_notify, so that the client knows that nothing was cut off, and waits for its own.
  asio::awaitable<void> end_session() {
    error_code ignored;
    begin_wait(Wait::Reason::handshake);
    lowest().expires_after(shared_->limits.drain_timeout);
    co_await stream_.async_shutdown(asio::redirect_error(asio::use_awaitable, ignored));
  }

  void tell(const HandshakeRefusal& refusal) {
    if (shared_->hooks.on_refusal) {
      shared_->hooks.on_refusal(peer_.address, refusal.reason, refusal.detail);
    }
  }

  const std::shared_ptr<const TlsContext> tls_;
  HandshakeRefusal refusal_{};
};

}  // namespace

void serve_tls(Socket socket, Peer peer, std::shared_ptr<Shared> shared) {
  const auto executor = socket.get_executor();
  const auto tls = shared->front->tls();
  auto connection =
      std::make_shared<TlsConnection>(std::move(socket), std::move(peer), std::move(shared), tls);
  auto run = [connection]() -> asio::awaitable<void> { co_await connection->run(); };
  asio::co_spawn(executor, std::move(run), asio::detached);
}

}  // namespace shmx::web
