// Asynchronous operations, each run to its end or to the deadline on the calling thread.
#include "agent/push/http_connection.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/write.hpp>
#include <cerrno>
#include <exception>
#include <optional>
#include <utility>

#include "agent/push/http_tls.h"
#include "agent/web/client_tls.h"

namespace shmx::push {
namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

using Parser = http::response_parser<http::buffer_body>;
using Post = http::request<http::span_body<const char>>;

/// The errors of a connection that is closed, whoever closed it and however.
bool is_closed(const error_code& error) {
  return error == http::error::end_of_stream || error == asio::error::eof ||
         error == asio::error::connection_reset || error == asio::error::broken_pipe ||
         error == asio::ssl::error::stream_truncated;
}

bool is_not_http(const error_code& error) {
  return error.category() == http::make_error_code(http::error::bad_version).category() &&
         error != http::error::end_of_stream && error != http::error::partial_message;
}

/// Whether a server may have said so before it saw the request: with 408 it closes a connection
/// that was idle (RFC 9110, 15.5.9), and the request may be repeated on another.
bool tired_of_waiting(const HttpConnection::Outcome& outcome) {
  constexpr unsigned kRequestTimeout = 408;
  return outcome && outcome.value().status == kRequestTimeout;
}

HttpAnswer answer_of(const Parser& parser, std::string body, bool truncated) {
  const auto& head = parser.get();
  const auto field = [&](http::field name) { return std::string(head[name]); };
  return {head.result_int(),
          field(http::field::content_type),
          field(http::field::retry_after),
          field(http::field::date),
          field(http::field::location),
          std::move(body),
          truncated};
}

}  // namespace

class HttpConnection::Impl {
 public:
  Impl(web::Url url, const TlsMaterial* tls) : url_(std::move(url)), resolver_(context_) {
    if (tls) use(*tls);
  }

  void use(const TlsMaterial& tls) {
    auto made = make_client_context(tls);
    if (!made) return;
    close();
    tls_ = std::move(made).value();
  }

  Outcome post(const std::vector<Header>& headers, std::string_view body,
               Clock::time_point deadline) {
    deadline_ = deadline;
    if (socket_ && ended_meanwhile()) close();
    const bool was_open = socket_.has_value();
    auto outcome = open_and_exchange(headers, body);
    if (was_open && (closed_unanswered_ || tired_of_waiting(outcome))) {
      close();
      outcome = open_and_exchange(headers, body);
    }
    return outcome;
  }

  void close() {
    secured_.reset();
    socket_.reset();
    buffer_.clear();
  }

 private:
  Outcome open_and_exchange(const std::vector<Header>& headers, std::string_view body) {
    closed_unanswered_ = false;
    if (!socket_) {
      if (auto failure = open()) {
        close();
        return *failure;
      }
    }
    auto outcome = tls_ ? exchange(*secured_, headers, body) : exchange(*socket_, headers, body);
    if (!outcome) close();
    return outcome;
  }

  /// Runs what `start` begins with the handler that it is given. When the time is over the socket
  /// is closed, which ends every operation on it.
  template <typename Start>
  error_code complete(Start start) {
    std::optional<error_code> result;
    context_.restart();
    start([&result](const error_code& error, auto&&... /*details*/) { result = error; });
    while (!result && context_.run_one_until(deadline_) > 0) {
    }
    if (result) return *result;
    error_code ignored;
    socket_->close(ignored);
    while (!result && context_.run_one() > 0) {
    }
    return asio::error::timed_out;
  }

  /// The addresses of the host. A lookup cannot be interrupted: past the deadline it is left alone,
  /// and what it finds is forgotten.
  error_code resolve(std::vector<tcp::endpoint>& endpoints) {
    error_code is_a_name;
    const auto address = asio::ip::make_address(url_.host, is_a_name);
    if (!is_a_name) {
      endpoints.emplace_back(address, url_.port);
      return {};
    }
    struct Found {
      std::optional<error_code> error;
      std::vector<tcp::endpoint> endpoints;
    };
    const auto found = std::make_shared<Found>();
    context_.restart();
    resolver_.async_resolve(url_.host, std::to_string(url_.port),
                            [found](const error_code& error, const auto& entries) {
                              found->error = error;
                              for (const auto& entry : entries) found->endpoints.push_back(entry);
                            });
    while (!found->error && context_.run_one_until(deadline_) > 0) {
    }
    endpoints = std::move(found->endpoints);
    return found->error.value_or(asio::error::timed_out);
  }

  std::optional<HttpFailure> open() {
    std::vector<tcp::endpoint> endpoints;
    if (const auto error = resolve(endpoints)) return failed("look up", error);
    socket_.emplace(context_);
    const auto error =
        complete([&](auto done) { asio::async_connect(*socket_, endpoints, std::move(done)); });
    if (error) return failed("connect to", error);
    error_code ignored;
    socket_->set_option(tcp::no_delay(true), ignored);
    return tls_ ? secure() : std::nullopt;
  }

  std::optional<HttpFailure> secure() {
    secured_.emplace(*socket_, *tls_);
    if (!web::expect_host(secured_->native_handle(), url_.host)) {
      return HttpFailure{"TLS with " + url_.authority() + ": not a name of a host"};
    }
    const auto error = complete([&](auto done) {
      secured_->async_handshake(asio::ssl::stream_base::client, std::move(done));
    });
    if (!error) return std::nullopt;
    const auto fault = certificate_fault(secured_->native_handle());
    if (fault.empty()) return failed("TLS with", error);
    return HttpFailure{"TLS with " + url_.authority() + ": its certificate is refused: " + fault};
  }

  HttpFailure failed(const char* what, const error_code& error) const {
    const bool late = error == asio::error::timed_out;
    return {std::string(what) + " " + url_.authority() + ": " +
            (late ? "not within the time" : error.message())};
  }

  /// Whether the end of an idle connection is already here. Words that nobody asked for are one:
  /// they would count as the answer to the next request. TLS may have something to say of its own.
  bool ended_meanwhile() {
    if (buffer_.size() > 0) return true;  // They came with the last answer.
    char byte = 0;
    const auto got = ::recv(socket_->native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got > 0) return !tls_;
    return got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
  }

  Post message(const std::vector<Header>& headers, std::string_view body) const {
    constexpr unsigned kHttp11 = 11;
    Post post(http::verb::post, url_.target, kHttp11);
    post.set(http::field::host, url_.authority());
    for (const auto& [name, value] : headers) post.insert(name, value);
    post.body() = {body.data(), body.size()};
    post.prepare_payload();
    return post;
  }

  template <typename Stream>
  Outcome exchange(Stream& stream, const std::vector<Header>& headers, std::string_view body) {
    const Post post = message(headers, body);
    const auto unsent =
        complete([&](auto done) { http::async_write(stream, post, std::move(done)); });
    // A server may answer and close before it has read everything: the answer counts.
    if (unsent && !is_closed(unsent)) return failed("send to", unsent);
    Parser parser;
    parser.header_limit(kMostHeadBytes);
    parser.body_limit(boost::none);
    const auto error = complete(
        [&](auto done) { http::async_read_header(stream, buffer_, parser, std::move(done)); });
    if (!error) return read_body(stream, parser);
    closed_unanswered_ = !parser.got_some() && is_closed(error);
    if (closed_unanswered_) {
      return HttpFailure{"await the answer of " + url_.authority() + ": it closed the connection"};
    }
    return unreadable(error);
  }

  template <typename Stream>
  Outcome read_body(Stream& stream, Parser& parser) {
    std::string body(kMostBodyBytes, '\0');
    parser.get().body() = {body.data(), body.size(), true};
    const auto error = parser.is_done() ? error_code() : complete([&](auto done) {
      http::async_read(stream, buffer_, parser, std::move(done));
    });
    const bool truncated = error == http::error::need_buffer;
    if (error && !truncated) return unreadable(error);
    body.resize(body.size() - parser.get().body().size);
    auto answer = answer_of(parser, std::move(body), truncated);
    if (truncated || !parser.keep_alive()) close();
    return answer;
  }

  HttpFailure unreadable(const error_code& error) const {
    auto failure = failed("read the answer of", error);
    failure.not_http = is_not_http(error);
    return failure;
  }

  const web::Url url_;
  asio::io_context context_;
  std::shared_ptr<asio::ssl::context> tls_;  // null: no TLS
  tcp::resolver resolver_;
  std::optional<tcp::socket> socket_;  // none: not connected
  std::optional<asio::ssl::stream<tcp::socket&>> secured_;
  boost::beast::flat_buffer buffer_{kMostBodyBytes};
  Clock::time_point deadline_;
  bool closed_unanswered_ = false;  // the last exchange, and nothing of an answer had come
};

HttpConnection::HttpConnection(web::Url url, const TlsMaterial* tls)
    : impl_(std::make_unique<Impl>(std::move(url), tls)) {}

HttpConnection::~HttpConnection() = default;

void HttpConnection::use(const TlsMaterial& tls) {
  impl_->use(tls);
}

HttpConnection::Outcome HttpConnection::post(const std::vector<Header>& headers,
                                             std::string_view body, Clock::time_point deadline) {
  try {
    return impl_->post(headers, body, deadline);
  } catch (const std::exception& error) {  // of Asio where there is no descriptor or memory left
    impl_->close();
    return HttpFailure{std::string("send: ") + error.what()};
  }
}

}  // namespace shmx::push
