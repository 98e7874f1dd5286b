#include "tests/agent/push/receiver/http_server.h"

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/lexical_cast.hpp>
#include <cctype>
#include <exception>
#include <thread>
#include <utility>

#include "tests/agent/push/receiver/wire.h"

namespace shmx::testing {
namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Head = http::request_parser<http::string_body>;
using Answer = http::response<http::string_body>;

namespace {

/// More than any test sends; the receiver's own limit is checked after decompression.
constexpr std::uint64_t kMostBodyBytes = std::uint64_t{256} << 20;

std::string lower(std::string_view text) {
  std::string all(text);
  std::transform(all.begin(), all.end(), all.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return all;
}

Arrival arrival_of(const Head& head, const std::string& peer) {
  Arrival arrival{head.get().target(), peer, {}, 0, false};
  for (const auto& field : head.get()) {
    arrival.headers.emplace(lower(field.name_string()), field.value());
  }
  arrival.gzip = arrival.header("content-encoding") == "gzip";
  return arrival;
}

Answer plain_answer(unsigned status, std::string text) {
  Answer answer(static_cast<http::status>(status), 11);
  answer.set(http::field::content_type, "text/plain");
  answer.body() = std::move(text);
  return answer;
}

/// What is wrong with a request's head, as the answer that it gets.
std::optional<Answer> refusal(const Head& head, const std::string& path, const Arrival& arrival) {
  const auto& request = head.get();
  if (request.target() != path) return plain_answer(404, "no such path: " + arrival.path);
  if (request.method() != http::verb::post) return plain_answer(405, "only POST");
  if (request[http::field::content_type] != "application/x-protobuf") {
    return plain_answer(415, "Content-Type is not application/x-protobuf");
  }
  const auto encoding = arrival.header("content-encoding");
  if (!encoding.empty() && encoding != "gzip") return plain_answer(415, "Content-Encoding");
  return std::nullopt;
}

Answer answer_to(const Verdict& verdict, const Behaviour& behaviour) {
  if (verdict.kind != Verdict::Kind::accepted) {
    return plain_answer(verdict.kind == Verdict::Kind::bad ? 400 : 413, verdict.message);
  }
  Answer answer = plain_answer(200, "");
  if (behaviour.status != 0) {
    answer = plain_answer(static_cast<unsigned>(behaviour.status), behaviour.message);
  } else {
    answer.set(http::field::content_type, "application/x-protobuf");
    if (behaviour.rejected_points != 0 || !behaviour.message.empty()) {
      answer.body() =
          wire::bytes(1, wire::number(1, static_cast<std::uint64_t>(behaviour.rejected_points)) +
                             wire::bytes(2, behaviour.message));
    }
  }
  if (behaviour.body) answer.body() = *behaviour.body;
  for (const auto& [name, value] : behaviour.headers) answer.set(name, value);
  return answer;
}

void configure(asio::ssl::context& context, const ServerTls& tls) {
  context.use_certificate_chain_file(tls.certificate);
  context.use_private_key_file(tls.key, asio::ssl::context::pem);
  if (tls.client_authorities.empty()) return;
  context.load_verify_file(tls.client_authorities);
  context.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(Reception& reception, std::string path, const std::optional<ServerTls>& tls,
       std::uint16_t port)
      : reception_(reception),
        path_(std::move(path)),
        listener_(loop_, {asio::ip::address_v4::loopback(), port}) {
    if (tls) configure(tls_.emplace(asio::ssl::context::tls_server), *tls);
    asio::co_spawn(loop_, accept(), asio::detached);
    thread_ = std::thread([this] { loop_.run(); });
  }

  /// Whoever's points were recorded has their answer first, unless the test holds it: a sender
  /// without one sends them again, as it should.
  ~Impl() {
    try {
      asio::post(loop_, [this] {
        ending_ = true;
        end_when_all_are_answered();
      });
    } catch (const std::exception&) {  // no memory
      loop_.stop();
    }
    thread_.join();
  }

  std::uint16_t port() const { return listener_.local_endpoint().port(); }

 private:
  /// A request that is answered as soon as it is recorded.
  class Answering {
   public:
    explicit Answering(Impl& server) : server_(server) { ++server_.answering_; }
    ~Answering() {
      --server_.answering_;
      server_.end_when_all_are_answered();
    }
    Answering(const Answering&) = delete;
    Answering& operator=(const Answering&) = delete;

   private:
    Impl& server_;
  };

  void end_when_all_are_answered() {
    if (ending_ && answering_ == 0) loop_.stop();
  }

  asio::awaitable<void> accept() {
    for (;;) {
      error_code error;
      tcp::socket socket(loop_);
      co_await listener_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
      if (error) continue;
      error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      const auto peer = boost::lexical_cast<std::string>(socket.remote_endpoint(ignored));
      if (tls_) {
        asio::co_spawn(loop_, serve_tls(std::move(socket), peer), asio::detached);
      } else {
        asio::co_spawn(loop_, serve_plain(std::move(socket), peer), asio::detached);
      }
    }
  }

  asio::awaitable<void> serve_plain(tcp::socket socket, std::string peer) {
    co_await serve(socket, peer);
  }

  asio::awaitable<void> serve_tls(tcp::socket socket, std::string peer) {
    asio::ssl::stream<tcp::socket> stream(std::move(socket), *tls_);
    error_code error;
    co_await stream.async_handshake(asio::ssl::stream_base::server,
                                    asio::redirect_error(asio::use_awaitable, error));
    if (!error) co_await serve(stream, peer);
  }

  template <typename Stream>
  asio::awaitable<void> serve(Stream& stream, const std::string& peer) {
    boost::beast::flat_buffer buffer;
    for (bool open = true; open;) {
      Head head;
      head.body_limit(kMostBodyBytes);
      error_code error;
      co_await http::async_read_header(stream, buffer, head,
                                       asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return;
      Arrival arrival = arrival_of(head, peer);
      const Behaviour behaviour = reception_.begin(arrival);
      if (behaviour.close == Behaviour::Close::before_reading) co_return;
      co_await http::async_read(stream, buffer, head,
                                asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return;
      std::optional<Answering> answering;
      if (behaviour.answer == Behaviour::Answer::at_once) answering.emplace(*this);
      Answer answer = handle(head, arrival, behaviour);
      if (closes_unanswered(behaviour)) co_return;
      co_await wait_until_answered(behaviour);
      answer.keep_alive(head.get().keep_alive());
      answer.prepare_payload();
      const std::string bytes = boost::lexical_cast<std::string>(answer) + behaviour.afterwards;
      co_await asio::async_write(stream, asio::buffer(bytes),
                                 asio::redirect_error(asio::use_awaitable, error));
      open = !error && head.get().keep_alive() && behaviour.close != Behaviour::Close::after_answer;
    }
  }

  static bool closes_unanswered(const Behaviour& behaviour) {
    return behaviour.close == Behaviour::Close::after_reading ||
           behaviour.close == Behaviour::Close::after_recording;
  }

  Answer handle(const Head& head, const Arrival& arrival, const Behaviour& behaviour) {
    if (auto refused = refusal(head, path_, arrival)) {
      reception_.violation(refused->body());
      return *refused;
    }
    return answer_to(reception_.take(arrival, head.get().body(), behaviour), behaviour);
  }

  asio::awaitable<void> wait_until_answered(const Behaviour& behaviour) {
    const auto gate =
        std::make_shared<asio::steady_timer>(loop_, asio::steady_timer::time_point::max());
    reception_.answer(behaviour, [this, gate] {
      asio::post(loop_, [gate] { gate->expires_at(asio::steady_timer::time_point::min()); });
    });
    error_code cancelled;
    co_await gate->async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }

  Reception& reception_;
  const std::string path_;
  asio::io_context loop_;
  std::optional<asio::ssl::context> tls_;
  tcp::acceptor listener_;
  int answering_ = 0;  ///< of the loop's thread, as is:
  bool ending_ = false;
  std::thread thread_;
};

HttpServer::HttpServer(Reception& reception, const std::string& path,
                       const std::optional<ServerTls>& tls, std::uint16_t port)
    : impl_(std::make_unique<Impl>(reception, path, tls, port)) {}

HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const noexcept {
  return impl_->port();
}

}  // namespace shmx::testing
