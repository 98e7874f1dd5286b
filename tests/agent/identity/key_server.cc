#include "tests/agent/identity/key_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

namespace shmx::testing {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr int kDripMs = 5;
constexpr std::chrono::seconds kPatience{20};

std::string loopback_url(unsigned short port, const std::string& path) {
  return "https://127.0.0.1:" + std::to_string(port) + path;
}

asio::ssl::context context_of(const KeyPair& identity, KeyServer::Speaks speaks) {
  asio::ssl::context tls(asio::ssl::context::tls_server);
  if (speaks == KeyServer::Speaks::tls_1_1) {
    SSL_CTX_set_security_level(tls.native_handle(), 0);
    SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_1_VERSION);
    SSL_CTX_set_max_proto_version(tls.native_handle(), TLS1_1_VERSION);
  }
  tls.use_certificate_chain(asio::buffer(identity.certificate));
  tls.use_private_key(asio::buffer(identity.key), asio::ssl::context::pem);
  return tls;
}

/// Whether the other end has gone, or goes within that time. It sends nothing but the close_notify.
bool goes_within(tcp::socket& socket, int ms) {
  pollfd end{socket.native_handle(), POLLIN | POLLRDHUP, 0};
  return ::poll(&end, 1, ms) != 0;
}

}  // namespace

Answer json_answer(const std::string& body) {
  return {"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
          std::to_string(body.size()) + "\r\n\r\n" + body};
}

class KeyServer::Impl {
 public:
  Impl(const KeyPair& identity, std::function<Answer(const std::string&)> answer, Speaks speaks)
      : answer_(std::move(answer)),
        speaks_(speaks),
        tls_(context_of(identity, speaks)),
        acceptor_(loop_, {asio::ip::address_v4::loopback(), 0}),
        thread_([this] { serve(); }) {}

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
      if (connection_ >= 0) ::shutdown(connection_, SHUT_RDWR);
    }
    thread_.join();
  }

  unsigned short port() const { return acceptor_.local_endpoint().port(); }

  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  bool wait_for_requests(std::size_t count) const {
    std::unique_lock lock(mutex_);
    return came_.wait_for(lock, kPatience, [&] { return requests_.size() >= count; });
  }

 private:
  void serve() {
    for (;;) {
      error_code error;
      tcp::socket socket(loop_);
      acceptor_.accept(socket, error);
      if (error || !begin(socket)) return;
      talk(socket);
      const std::lock_guard lock(mutex_);
      connection_ = -1;
    }
  }

  bool begin(tcp::socket& socket) {
    const std::lock_guard lock(mutex_);
    connection_ = socket.native_handle();
    return !stopping_;
  }

  void talk(tcp::socket& socket) {
    error_code error;
    if (speaks_ == Speaks::nothing) return linger(socket, socket, {"", Answer::Then::hold});
    if (speaks_ == Speaks::http) {
      answer(socket, socket);
      return;
    }
    asio::ssl::stream<tcp::socket&> secured(socket, tls_);
    secured.handshake(asio::ssl::stream_base::server, error);
    if (error) return;
    const auto then = answer(secured, socket);
    if (then == Answer::Then::close) secured.shutdown(error);
  }

  template <typename Stream>
  Answer::Then answer(Stream& stream, tcp::socket& socket) {
    error_code error;
    std::string request;
    asio::read_until(stream, asio::dynamic_buffer(request), "\r\n\r\n", error);
    if (error) return Answer::Then::cut;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    came_.notify_all();
    const Answer answer = answer_(request);
    asio::write(stream, asio::buffer(answer.bytes), error);
    if (!error) linger(stream, socket, answer);
    return answer.then;
  }

  template <typename Stream>
  static void linger(Stream& stream, tcp::socket& socket, const Answer& answer) {
    error_code error;
    std::string sink(4096, '\0');
    switch (answer.then) {
      case Answer::Then::close:
      case Answer::Then::cut:
        return;
      case Answer::Then::hold:
        while (!error) stream.read_some(asio::buffer(sink), error);
        return;
      case Answer::Then::drip:
        while (!error && !goes_within(socket, kDripMs)) {
          asio::write(stream, asio::buffer(answer.more), error);
        }
        return;
      case Answer::Then::flood:
        while (!error) asio::write(stream, asio::buffer(answer.more), error);
        return;
    }
  }

  const std::function<Answer(const std::string&)> answer_;
  const Speaks speaks_;
  mutable std::mutex mutex_;
  mutable std::condition_variable came_;
  std::vector<std::string> requests_;  // guarded by mutex_, as are:
  int connection_ = -1;
  bool stopping_ = false;
  asio::io_context loop_;
  asio::ssl::context tls_;
  tcp::acceptor acceptor_;
  std::thread thread_;
};

KeyServer::KeyServer(const KeyPair& identity,
                     std::function<Answer(const std::string& request)> answer, Speaks speaks)
    : impl_(std::make_unique<Impl>(identity, std::move(answer), speaks)) {}

KeyServer::~KeyServer() = default;

unsigned short KeyServer::port() const {
  return impl_->port();
}

std::string KeyServer::url(const std::string& path) const {
  return loopback_url(port(), path);
}

std::vector<std::string> KeyServer::requests() const {
  return impl_->requests();
}

bool KeyServer::wait_for_requests(std::size_t count) const {
  return impl_->wait_for_requests(count);
}

Untouched::Untouched() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket_, generic, size) != 0 || ::listen(socket_, 8) != 0 ||
      ::getsockname(socket_, generic, &size) != 0) {
    throw std::runtime_error("nothing to listen on");
  }
  port_ = ntohs(address.sin_port);
}

Untouched::~Untouched() {
  ::close(socket_);
}

std::string Untouched::url() const {
  return loopback_url(port_, "/keys");
}

bool Untouched::was_touched() const {
  const int connection = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
  if (connection >= 0) ::close(connection);
  return connection >= 0;
}

}  // namespace shmx::testing
