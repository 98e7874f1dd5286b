#include "agent/identity/key_set_fetch.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <exception>
#include <memory>
#include <utility>

#include "agent/identity/quoted.h"
#include "agent/identity/token.h"
#include "agent/web/client_tls.h"

namespace shmx::identity {
namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr unsigned kMostHeadBytes = 16U << 10;
constexpr std::size_t kReadBytes = std::size_t{64} << 10;

Result<std::shared_ptr<asio::ssl::context>> make_context(
    const std::optional<std::string>& authorities) {
  error_code error;
  auto context = web::make_client_context(authorities, error);
  if (error) return Error{"no certificates in PEM (" + error.message() + ")"};
  return context;
}

/// Each step starts the next one; a timer ends whichever is under way.
class Fetch : public std::enable_shared_from_this<Fetch> {
  /// A handler that ends the fetch on an error, and else goes on with `step`. When the fetch has
  /// ended meanwhile, whatever was under way is of no interest any more.
  template <typename Step>
  auto next(const char* what, Step step) {
    return
        [self = shared_from_this(), what, step](const error_code& error, const auto&... details) {
          if (!self->done_) return;
          if (error) {
            self->end(Error{std::string(what) + ": " + error.message()});
          } else {
            step(*self, details...);
          }
        };
  }

 public:
  Fetch(asio::io_context& loop, std::shared_ptr<asio::ssl::context> tls, FetchRequest request,
        std::function<void(Result<std::string>)> done)
      : request_(std::move(request)),
        done_(std::move(done)),
        tls_(std::move(tls)),
        resolver_(loop),
        timer_(loop),
        stream_(loop, *tls_) {
    parser_.header_limit(kMostHeadBytes);
    parser_.body_limit(kMaxKeySetBytes);
  }

  void start() {
    timer_.expires_after(request_.time);
    timer_.async_wait([self = shared_from_this()](const error_code& error) {
      if (!error) self->end(Error{"it did not answer within the time"});
    });
    resolver_.async_resolve(
        request_.url.host, std::to_string(request_.url.port),
        next("look it up", [](Fetch& self, const auto& found) { self.connect(found); }));
  }

 private:
  void connect(const tcp::resolver::results_type& found) {
    asio::async_connect(stream_.next_layer(), found,
                        next("connect", [](Fetch& self, const auto&...) { self.secure(); }));
  }

  void secure() {
    SSL_set_hostflags(stream_.native_handle(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (!web::expect_host(stream_.native_handle(), request_.url.host)) {
      return end(Error{"its host is no name that a certificate could have"});
    }
    stream_.async_handshake(asio::ssl::stream_base::client,
                            [self = shared_from_this()](const error_code& error) {
                              if (self->done_) self->secured(error);
                            });
  }

  void secured(const error_code& error) {
    const long fault = SSL_get_verify_result(stream_.native_handle());
    if (error && fault != X509_V_OK) {
      return end(Error{std::string("its certificate is refused: ") +
                       X509_verify_cert_error_string(fault)});
    }
    if (error) return end(Error{"TLS: " + error.message()});
    get_.method(http::verb::get);
    get_.target(request_.url.target);
    get_.set(http::field::host, request_.url.authority());
    get_.set(http::field::accept, "application/jwk-set+json, application/json");
    get_.set(http::field::user_agent, "shm_exporter");
    get_.set(http::field::connection, "close");
    http::async_write(stream_, get_, next("ask", [](Fetch& self, std::size_t) { self.read(); }));
  }

  void read() {
    http::async_read_header(
        stream_, buffer_, parser_,
        next("read its answer", [](Fetch& self, std::size_t) { self.read_body(); }));
  }

  void read_body() {
    const auto& head = parser_.get();
    if (head.result_int() / 100 == 3) {
      return end(Error{"it answered " + std::to_string(head.result_int()) +
                       ": redirects are not followed; configure the URL that has the keys"});
    }
    if (head.result() != http::status::ok) {
      return end(Error{"it answered " + std::to_string(head.result_int())});
    }
    const std::string_view coding = head[http::field::content_encoding];
    if (!coding.empty() && coding != "identity") {
      return end(
          Error{"it answered in the coding " + in_quotes(coding) + ", which was not asked for"});
    }
    http::async_read(stream_, buffer_, parser_,
                     next("read its answer", [](Fetch& self, std::size_t) {
                       self.end(std::move(self.parser_.get().body()));
                     }));
  }

  void end(Result<std::string> result) {
    if (!done_) return;
    const auto done = std::exchange(done_, nullptr);
    timer_.cancel();
    resolver_.cancel();
    error_code ignored;
    stream_.next_layer().close(ignored);
    if (!result)
      result = Error{"fetch from " + request_.url.authority() + ": " + result.error().message};
    done(std::move(result));
  }

  const FetchRequest request_;
  std::function<void(Result<std::string>)> done_;  // none: the fetch has ended
  const std::shared_ptr<asio::ssl::context> tls_;
  tcp::resolver resolver_;
  asio::steady_timer timer_;
  asio::ssl::stream<tcp::socket> stream_;
  http::request<http::empty_body> get_;
  http::response_parser<http::string_body> parser_;
  boost::beast::flat_buffer buffer_{kReadBytes};
};

}  // namespace

Result<bool> check_authorities(const std::string& pem) {
  const auto made = make_context(pem);
  if (!made) return made.error();
  return true;
}

void fetch_key_set(asio::io_context& loop, FetchRequest request,
                   std::function<void(Result<std::string>)> done) {
  auto tls = make_context(request.authorities);
  if (!tls) return done(Error{"the authorities to verify it with: " + tls.error().message});
  std::make_shared<Fetch>(loop, std::move(tls).value(), std::move(request), std::move(done))
      ->start();
}

}  // namespace shmx::identity
