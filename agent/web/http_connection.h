// Reads requests, has them answered, writes responses: HTTP/1.1 on Beast, over a stream that may be
// TLS's. For the two files that make connections of it. What a path means is the router's business.
#ifndef SHM_EXPORTER_AGENT_WEB_HTTP_CONNECTION_H
#define SHM_EXPORTER_AGENT_WEB_HTTP_CONNECTION_H

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>
#include <optional>
#include <string>
#include <utility>

#include "agent/web/await_response.h"
#include "agent/web/connection.h"
#include "agent/web/messages.h"

namespace shmx::web {

using PlainStream = boost::beast::basic_stream<boost::asio::generic::stream_protocol>;

/// What becomes of the connection after a request.
enum class Next {
  another_request,
  finish,   ///< all was said
  drain,    ///< so it was, but the client may still be sending
  abandon,  ///< the client is gone, or too slow, or was cut
};

template <typename Stream>
class HttpConnection : public Connection {
 public:
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;
  ~HttpConnection() override { shared_->connections.remove(*this); }

  const Wait& wait() const noexcept override { return wait_; }
  void close() noexcept override {
    if (wait_.reason == Wait::Reason::reader) place_.reset();
    wait_ = {};
    lowest().close();
  }

 protected:
  using ErrorCode = boost::system::error_code;
  template <typename T>
  using Awaitable = boost::asio::awaitable<T>;

  template <typename... StreamArguments>
  HttpConnection(Peer peer, std::shared_ptr<Shared> shared, StreamArguments&&... stream)
      : shared_(std::move(shared)),
        peer_(std::move(peer)),
        stream_(std::forward<StreamArguments>(stream)...),
        buffer_(shared_->limits.header_bytes + shared_->limits.body_bytes) {
    shared_->connections.add(*this);
  }

  /// Until one is the last. Never Next::another_request.
  Awaitable<Next> serve_requests() {
    auto next = Next::another_request;
    auto first_byte_within = shared_->limits.read_timeout;
    // The server may begin to stop while a response is on its way. Who has connected before is
    // answered once.
    do {
      next = co_await serve_one(first_byte_within);
      first_byte_within = shared_->limits.idle_timeout;
    } while (next == Next::another_request && !shared_->stopping);
    co_return next == Next::another_request ? Next::finish : next;
  }

  /// Closing with unread bytes resets the connection and destroys the response on its way; so the
  /// sending side is closed first, and what comes is read for a moment.
  Awaitable<void> drain() {
    ErrorCode error;
    lowest().socket().shutdown(boost::asio::socket_base::shutdown_send, error);
    begin_wait(Wait::Reason::rest);
    lowest().expires_after(shared_->limits.drain_timeout);
    buffer_.clear();
    for (std::size_t drained = 0; !error && drained < shared_->limits.drain_bytes;) {
      drained += co_await lowest().async_read_some(
          buffer_.prepare(buffer_.max_size()),
          boost::asio::redirect_error(boost::asio::use_awaitable, error));
    }
  }

  void begin_wait(Wait::Reason reason, const Route* page = nullptr) {
    wait_ = {reason, shared_->connections.next_ticket(), page};
  }

  auto& lowest() noexcept { return boost::beast::get_lowest_layer(stream_); }

  const std::shared_ptr<Shared> shared_;
  Peer peer_;
  Stream stream_;

 private:
  static constexpr unsigned kHttp11 = 11;
  static constexpr unsigned kUnderstood = 200;

  Awaitable<Next> serve_one(std::chrono::milliseconds first_byte_within) {
    Parser parser;
    limit(parser, shared_->limits);
    const unsigned status = co_await read(parser, first_byte_within);
    head_only_ = parser.is_header_done() && parser.get().method() == boost::beast::http::verb::head;
    if (status == 0) co_return Next::abandon;
    if (status == kUnderstood) co_return co_await answer(parser.get());
    const bool sent = co_await write(error_response(status), {}, kHttp11, false);
    co_return sent ? Next::drain : Next::abandon;
  }

  /// Reads one request. Bytes of the next one may stay in the buffer. Returns kUnderstood, else the
  /// status that tells the client what was wrong, or 0 when there is nobody to be told.
  Awaitable<unsigned> read(Parser& parser, std::chrono::milliseconds first_byte_within) {
    ErrorCode error = co_await read_head(parser, first_byte_within);
    const unsigned refusal = error ? 0 : refusal_of(parser.get());
    if (refusal != 0) co_return refusal;
    if (!error) error = co_await read_body(parser);
    wait_ = {};
    co_return error ? status_of(error) : kUnderstood;
  }

  Awaitable<ErrorCode> read_head(Parser& parser, std::chrono::milliseconds first_byte_within) {
    ErrorCode error;
    begin_wait(std::exchange(waited_for_first_, true) ? Wait::Reason::request
                                                      : Wait::Reason::first_request);
    lowest().expires_after(first_byte_within);
    co_await boost::beast::http::async_read_some(
        stream_, buffer_, parser, boost::asio::redirect_error(boost::asio::use_awaitable, error));
    begin_wait(Wait::Reason::rest);
    lowest().expires_after(shared_->limits.read_timeout);
    if (!error && !parser.is_header_done()) {
      co_await boost::beast::http::async_read_header(
          stream_, buffer_, parser, boost::asio::redirect_error(boost::asio::use_awaitable, error));
    }
    co_return error;
  }

  Awaitable<ErrorCode> read_body(Parser& parser) {
    namespace http = boost::beast::http;
    ErrorCode error;
    if (parser.is_done()) co_return error;
    if (boost::beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      http::response<http::empty_body> proceed{http::status::continue_, kHttp11};
      co_await http::async_write(stream_, proceed,
                                 boost::asio::redirect_error(boost::asio::use_awaitable, error));
    }
    if (!error) {
      co_await http::async_read(stream_, buffer_, parser,
                                boost::asio::redirect_error(boost::asio::use_awaitable, error));
    }
    co_return error;
  }

  Awaitable<Next> answer(const Incoming& message) {
    if (shared_->hooks.before_use) shared_->hooks.before_use();
    Request request = to_request(message, peer_);
    auto found = admit(*shared_, request);
    Response response;
    std::string path;
    if (auto* refusal = std::get_if<Refusal>(&found)) {
      response = std::move(refusal->response);
      path = std::move(refusal->path);
    } else {
      place_ = std::move(std::get<Admission>(found));
      path = place_->route().path;
      response = co_await await_response(place_->route().handler, std::move(request));
    }
    const bool keep =
        message.keep_alive() && !has_body(message) && !response.close && !shared_->stopping;
    const bool sent = co_await write(std::move(response), path, message.version(), keep);
    place_.reset();  // the place is taken until the response was sent
    if (!sent) co_return Next::abandon;
    co_return keep ? Next::another_request : Next::finish;
  }

  /// Sends the response and tells the observer. Returns whether all of it was sent.
  Awaitable<bool> write(Response response, std::string path, unsigned version, bool keep) {
    namespace http = boost::beast::http;
    const Outgoing message =
        to_message(response, version, keep, shared_->hooks.now(), shared_->front->headers());
    http::response_serializer<Outgoing::body_type> serializer{message};
    ErrorCode error;
    begin_wait(Wait::Reason::reader, place_ ? &place_->route() : nullptr);
    lowest().expires_after(shared_->limits.write_timeout);
    if (head_only_) {
      co_await http::async_write_header(
          stream_, serializer, boost::asio::redirect_error(boost::asio::use_awaitable, error));
    } else {
      co_await http::async_write(stream_, serializer,
                                 boost::asio::redirect_error(boost::asio::use_awaitable, error));
    }
    wait_ = {};
    shared_->hooks.on_response(path, response.status, response.body.bytes.size());
    co_return !error;
  }

  boost::beast::flat_buffer buffer_;
  Wait wait_{};
  std::optional<Admission> place_{};
  bool head_only_ = false;
  bool waited_for_first_ = false;
};

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_HTTP_CONNECTION_H
