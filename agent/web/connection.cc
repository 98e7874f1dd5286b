// Reads requests, has them answered, writes responses: HTTP/1.1 over one socket, on Beast. What a
// path means is the router's business.
#include "agent/web/connection.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/http/span_body.hpp>
#include <optional>
#include <string>
#include <variant>

#include "agent/web/await_response.h"

namespace shmx::web {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

using Parser = http::request_parser<http::string_body>;
using Message = http::response<http::span_body<const char>>;

/// What becomes of the connection after a response.
enum class Next { another_request, close, drain };

/// The status that tells the client what was wrong with its bytes; 0 when it is gone or too slow,
/// and nobody is there to be told.
unsigned status_of(const error_code& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return 431;
  if (error == http::error::body_limit) return 413;
  const bool gone = error == http::error::end_of_stream || error == http::error::partial_message;
  const bool malformed = error.category() == make_error_code(http::error::bad_method).category();
  return malformed && !gone ? 400 : 0;
}

Request to_request(const Parser::value_type& message, const std::string& peer) {
  Request request;
  request.method = std::string(message.method_string());
  const auto text = message.target();
  const auto target = split_target({text.data(), text.size()});
  request.path = std::string(target.path);
  request.query = std::string(target.query);
  for (const auto& field : message) {
    request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
  }
  request.peer = peer;
  return request;
}

/// RFC 9112, 3.2: exactly one Host with HTTP/1.1.
bool has_valid_host(const Parser::value_type& message) {
  const auto hosts = message.count(http::field::host);
  return hosts == 1 || (hosts == 0 && message.version() == 10);
}

std::string peer_of(const asio::ip::tcp::socket& socket) {
  error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  return error ? std::string() : endpoint.address().to_string();
}

class HttpConnection final : public Connection,
                             public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(asio::ip::tcp::socket socket, std::shared_ptr<Shared> shared)
      : shared_(std::move(shared)),
        stream_(std::move(socket)),
        peer_(peer_of(stream_.socket())),
        buffer_(shared_->limits.header_bytes + shared_->limits.body_bytes) {
    shared_->connections.add(*this);
  }
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;
  ~HttpConnection() override { shared_->connections.remove(*this); }

  std::uint64_t idle_since() const noexcept override { return idle_since_; }
  void close() noexcept override { stream_.close(); }

  asio::awaitable<void> run() {
    auto next = Next::another_request;
    auto first_byte_within = shared_->limits.read_timeout;
    // The server may begin to stop while a response is on its way.
    while (next == Next::another_request && !shared_->stopping) {
      next = co_await serve_one(first_byte_within);
      first_byte_within = shared_->limits.idle_timeout;
    }
    if (next == Next::drain) co_await drain();
  }

 private:
  asio::awaitable<Next> serve_one(std::chrono::milliseconds first_byte_within) {
    Parser parser;
    parser.header_limit(shared_->limits.header_bytes);
    parser.body_limit(shared_->limits.body_bytes);
    const error_code error = co_await read(parser, first_byte_within);
    head_only_ = parser.is_header_done() && parser.get().method() == http::verb::head;
    if (error || !has_valid_host(parser.get())) {
      const unsigned status = error ? status_of(error) : 400;
      if (status == 0) co_return Next::close;
      co_await write(
          text_response(status,
                        std::string(http::obsolete_reason(static_cast<http::status>(status)))),
          {}, 11, false);
      co_return Next::drain;
    }
    co_return co_await answer(parser.get());
  }

  /// Reads one request. Bytes of the next one may stay in the buffer.
  asio::awaitable<error_code> read(Parser& parser, std::chrono::milliseconds first_byte_within) {
    error_code error;
    idle_since_ = shared_->connections.became_idle();
    stream_.expires_after(first_byte_within);
    co_await http::async_read_some(stream_, buffer_, parser,
                                   asio::redirect_error(asio::use_awaitable, error));
    idle_since_ = 0;
    stream_.expires_after(shared_->limits.read_timeout);
    if (!error && !parser.is_header_done()) {
      co_await http::async_read_header(stream_, buffer_, parser,
                                       asio::redirect_error(asio::use_awaitable, error));
    }
    if (!error && !parser.is_done() &&
        beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      error = co_await write_continue();
    }
    if (!error && !parser.is_done()) {
      co_await http::async_read(stream_, buffer_, parser,
                                asio::redirect_error(asio::use_awaitable, error));
    }
    co_return error;
  }

  asio::awaitable<error_code> write_continue() {
    error_code error;
    http::response<http::empty_body> proceed{http::status::continue_, 11};
    co_await http::async_write(stream_, proceed, asio::redirect_error(asio::use_awaitable, error));
    co_return error;
  }

  asio::awaitable<Next> answer(const Parser::value_type& message) {
    Request request = to_request(message, peer_);
    auto found = shared_->router.find(request);
    auto* refusal = std::get_if<Refusal>(&found);
    const auto* admission = std::get_if<Admission>(&found);
    const std::string path = refusal ? refusal->path : admission->path();
    Response response;
    if (refusal) {
      response = std::move(refusal->response);
    } else {
      response = co_await await_response(admission->handler(), std::move(request));
    }
    // The admission ends with this function: a place is taken until the response was sent.
    const bool keep = message.keep_alive() && !shared_->stopping;
    const bool sent = co_await write(std::move(response), path, message.version(), keep);
    if (!sent || !keep) co_return Next::close;
    co_return Next::another_request;
  }

  /// Sends the response and tells the observer. Returns whether all of it was sent.
  asio::awaitable<bool> write(Response response, std::string path, unsigned version, bool keep) {
    const std::string_view body = response.body.bytes;
    Message message{static_cast<http::status>(response.status), version};
    message.set(http::field::date,
                fmt::format("{:%a, %d %b %Y %H:%M:%S GMT}", fmt::gmtime(shared_->hooks.now())));
    message.set(http::field::content_type, response.content_type);
    for (const auto& header : response.headers) message.insert(header.name, header.value);
    message.keep_alive(keep);
    message.content_length(body.size());
    message.body() = {body.data(), body.size()};

    error_code error;
    http::response_serializer<Message::body_type> serializer{message};
    stream_.expires_after(shared_->limits.write_timeout);
    if (head_only_) {
      co_await http::async_write_header(stream_, serializer,
                                        asio::redirect_error(asio::use_awaitable, error));
    } else {
      co_await http::async_write(stream_, serializer,
                                 asio::redirect_error(asio::use_awaitable, error));
    }
    shared_->hooks.on_response(path, response.status, body.size());
    co_return !error;
  }

  /// Closing with unread bytes resets the connection and destroys the response on its way; so the
  /// sending side is closed first, and what comes is read for a moment.
  asio::awaitable<void> drain() {
    error_code error;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
    stream_.expires_after(shared_->limits.drain_timeout);
    buffer_.clear();
    for (std::size_t drained = 0; !error && drained < shared_->limits.drain_bytes;) {
      drained += co_await stream_.async_read_some(buffer_.prepare(buffer_.max_size()),
                                                  asio::redirect_error(asio::use_awaitable, error));
    }
  }

  const std::shared_ptr<Shared> shared_;
  beast::tcp_stream stream_;
  const std::string peer_;
  beast::flat_buffer buffer_;
  std::uint64_t idle_since_ = 0;
  bool head_only_ = false;
};

}  // namespace

void serve(asio::ip::tcp::socket socket, std::shared_ptr<Shared> shared) {
  const auto executor = socket.get_executor();
  auto connection = std::make_shared<HttpConnection>(std::move(socket), std::move(shared));
  auto run = [connection]() -> asio::awaitable<void> { co_await connection->run(); };
  asio::co_spawn(executor, std::move(run), asio::detached);
}

}  // namespace shmx::web
