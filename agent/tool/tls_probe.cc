#include "agent/tool/tls_probe.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "agent/x509/openssl.h"

namespace shmx::tool {
namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ssl::context;
using boost::system::error_code;
namespace {

using Clock = std::chrono::steady_clock;

/// How long a server may take to refuse a client's certificate after the handshake: a round trip.
constexpr std::chrono::seconds kRefusalTime{1};

/// An encrypted key is an error: OpenSSL would otherwise ask on the terminal.
std::string no_password(std::size_t /*most*/, context::password_purpose /*purpose*/) {
  return {};
}

/// What TLS said in an alert, rather than what went wrong here.
bool is_alert(const error_code& error) {
  return error.category() == asio::error::get_ssl_category() &&
         ERR_GET_REASON(static_cast<unsigned long>(error.value())) > SSL_AD_REASON_OFFSET;
}

class Handshake {
 public:
  Handshake(const TlsProbe& probe, std::int64_t now_unix_s)
      : probe_(probe), now_unix_s_(now_unix_s) {}

  Result<TlsAnswer> run() {
    if (auto done = prepare(); !done) {
      return done.error();
    }
    if (auto done = connect(); !done) {
      return done.error();
    }
    const error_code error = complete(
        [this](auto handler) { stream_->async_handshake(stream_->client, std::move(handler)); });
    if (error) {
      return Error{hint(error) + ": " + words_of(error)};
    }
    take_session();
    if (answer_.asks_for_certificate && answer_.version == "TLSv1.3") {
      hear_out();
    }
    return std::move(answer_);
  }

 private:
  Result<bool> prepare() {
    error_code error;
    if (probe_.authorities_file.empty()) {
      tls_.set_default_verify_paths(error);
    } else {
      tls_.load_verify_file(probe_.authorities_file, error);
    }
    if (error) {
      return Error{"the authorities in " + probe_.authorities_file +
                   " cannot be used, expected PEM certificates: " + error.message()};
    }
    tls_.set_password_callback(no_password);
    if (!probe_.certificate_file.empty()) {
      tls_.use_certificate_chain_file(probe_.certificate_file, error);
      if (error) {
        return Error{"the client certificate " + probe_.certificate_file +
                     " cannot be used: " + error.message()};
      }
      tls_.use_private_key_file(probe_.key_file, context::pem, error);
      if (error) {
        return Error{"the client key " + probe_.key_file + " cannot be used, or not with " +
                     probe_.certificate_file + ": " + error.message()};
      }
    }
    SSL_CTX_set_ex_data(tls_.native_handle(), self_index(), this);
    SSL_CTX_set_session_cache_mode(tls_.native_handle(), SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(tls_.native_handle(), &Handshake::on_ticket);
    SSL_CTX_set_cert_cb(tls_.native_handle(), &Handshake::on_request, this);
    X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(tls_.native_handle()), now_unix_s_);
    stream_.emplace(loop_, tls_);
    SSL* const ssl = stream_->native_handle();
    stream_->set_verify_mode(asio::ssl::verify_peer);
    stream_->set_verify_callback([this](bool passed, asio::ssl::verify_context& checked) {
      if (!passed) {
        note(checked.native_handle());
      }
      return true;  // What a client would end at is told, and what comes after it, too.
    });
    error_code no_address;
    asio::ip::make_address(probe_.server_name, no_address);
    if (!probe_.server_name.empty() && no_address) {
      SSL_set_tlsext_host_name(ssl, probe_.server_name.c_str());
    }
    if (!probe_.alpn.empty()) {
      const std::string offer = static_cast<char>(probe_.alpn.size()) + probe_.alpn;
      SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(offer.data()),
                          static_cast<unsigned>(offer.size()));
    }
    return true;
  }

  Result<bool> connect() {
    error_code error;
    tcp::resolver resolver(loop_);
    const auto addresses = resolver.resolve(probe_.host, probe_.port, error);
    if (error) {
      return Error{"cannot look up " + probe_.host + ": " + error.message()};
    }
    deadline_ = Clock::now() + probe_.timeout;
    error = complete([&](auto handler) {
      asio::async_connect(stream_->next_layer(), addresses, std::move(handler));
    });
    if (error) {
      return Error{"cannot connect to " + probe_.host + " port " + probe_.port + ": " +
                   error.message()};
    }
    const auto remote = stream_->next_layer().remote_endpoint(error);
    answer_.address = error ? probe_.host : remote.address().to_string();
    return true;
  }

  /// The server asks for a certificate. 1: go on with the one that is configured, or with none.
  static int on_request(SSL* /*ssl*/, void* self) {
    static_cast<Handshake*>(self)->answer_.asks_for_certificate = true;
    return 1;
  }

  void note(X509_STORE_CTX* checked) {
    const int code = X509_STORE_CTX_get_error(checked);
    if (code == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE && !answer_.faults.empty()) {
      return;  // It follows from the missing issuer.
    }
    X509* const certificate = X509_STORE_CTX_get_current_cert(checked);
    answer_.faults.push_back({code, X509_verify_cert_error_string(code),
                              certificate == nullptr ? std::string() : x509::der_of(certificate)});
  }

  void take_session() {
    SSL* const ssl = stream_->native_handle();
    answer_.version = SSL_get_version(ssl);
    answer_.cipher = SSL_get_cipher_name(ssl);
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl, &chosen, &size);
    if (size != 0) {
      answer_.alpn.assign(reinterpret_cast<const char*>(chosen), size);
    }
    STACK_OF(X509)* const chain = SSL_get_peer_cert_chain(ssl);
    for (int i = 0; i < sk_X509_num(chain); ++i) {
      answer_.chain.push_back(x509::der_of(sk_X509_value(chain, i)));
    }
  }

  static int self_index() {
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
  }

  /// A server that gives tickets has taken the client's certificate, or its absence. 0: it is not
  /// kept.
  static int on_ticket(SSL* ssl, SSL_SESSION* /*session*/) {
    static_cast<Handshake*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), self_index()))->taken_ = true;
    return 0;
  }

  /// In TLS 1.3 a client's handshake ends before the server has looked at its certificate: what
  /// comes next is an alert, a ticket or data, or, of a server that waits, nothing.
  void hear_out() {
    deadline_ = std::min(deadline_, Clock::now() + kRefusalTime);
    std::array<char, 1> first{};
    const error_code error = complete(
        [&](auto handler) { stream_->async_read_some(asio::buffer(first), std::move(handler)); },
        [this] { return taken_; });
    if (error && !taken_ && error != asio::error::timed_out) {
      answer_.refusal = words_of(error);
    }
  }

  /// Runs what `start` begins with the handler that it is given, until the deadline, or until it is
  /// not needed any more.
  template <typename Start>
  error_code complete(
      Start start, const std::function<bool()>& enough = [] { return false; }) {
    std::optional<error_code> result;
    loop_.restart();
    start([&result](const error_code& error, auto&&... /*details*/) { result = error; });
    while (!result && !enough() && loop_.run_one_until(deadline_) > 0) {
    }
    if (result) {
      return *result;
    }
    error_code ignored;
    stream_->next_layer().close(ignored);
    while (!result && loop_.run_one() > 0) {
    }
    return asio::error::timed_out;
  }

  static std::string words_of(const error_code& error) {
    return error == asio::ssl::error::stream_truncated || error == asio::error::eof
               ? "the server closed the connection"
               : error.message();
  }

  /// What a handshake that failed most likely means.
  static std::string hint(const error_code& error) {
    const bool of_tls = error.category() == asio::error::get_ssl_category();
    const int reason = of_tls ? ERR_GET_REASON(static_cast<unsigned long>(error.value())) : 0;
    if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST) {
      return "the port does not speak TLS: serve TLS there, or have the client use no TLS";
    }
    if (reason == SSL_R_UNSUPPORTED_PROTOCOL || reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION) {
      return "no TLS version in common: this client speaks 1.2 and 1.3";
    }
    if (is_alert(error)) {
      return "the server refused the handshake: its log says why; if it asks for a client "
             "certificate, give --cert and --key";
    }
    if (error == asio::error::timed_out) {
      return "no handshake in time: the port may speak no TLS";
    }
    return "no handshake";
  }

  const TlsProbe& probe_;
  std::int64_t now_unix_s_;
  Clock::time_point deadline_{};
  bool taken_ = false;
  asio::io_context loop_{1};
  context tls_{context::tls_client};
  std::optional<asio::ssl::stream<tcp::socket>> stream_;
  TlsAnswer answer_{};
};

}  // namespace

Result<TlsAnswer> probe_tls(const TlsProbe& probe, std::int64_t now_unix_s) {
  return Handshake(probe, now_unix_s).run();
}

}  // namespace shmx::tool
