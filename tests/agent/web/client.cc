// The raw client of the tests.
#include "tests/agent/web/client.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <stdexcept>

#include "agent/web/endpoint.h"

namespace shmx::web {
namespace asio = boost::asio;
using boost::system::error_code;

int Reply::status() const {
  return head.size() < 12 ? 0 : std::stoi(head.substr(9, 3));
}

std::string Reply::header(std::string_view name) const {
  const std::string start = "\r\n" + std::string(name) + ": ";
  const auto found = head.find(start);
  if (found == std::string::npos) return {};
  const auto begin = found + start.size();
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

Client::Client() : socket_(context_, asio::generic::stream_protocol(asio::ip::tcp::v4())) {}

Client::Client(const std::string& address) : socket_(context_) {
  connect(address);
}

void Client::connect(const std::string& address) {
  const auto endpoint = parse_endpoint(address);
  if (!endpoint) throw std::runtime_error(endpoint.error().message);
  const auto& [host, port, path] = endpoint.value();
  if (path.empty()) {
    socket_.connect(asio::ip::tcp::endpoint(asio::ip::make_address(host), port));
  } else {
    socket_.connect(asio::local::stream_protocol::endpoint(path));
  }
}

void Client::send(std::string_view bytes) {
  error_code closed_meanwhile;  // the test sees it when it reads
  asio::write(socket_, asio::buffer(bytes), closed_meanwhile);
}

void Client::finish_sending() {
  error_code closed_meanwhile;
  socket_.shutdown(asio::socket_base::shutdown_send, closed_meanwhile);
}

void Client::receive_little() {
  constexpr int kLeastBytes = 1;  // the kernel makes it the least that it allows
  socket_.set_option(asio::socket_base::receive_buffer_size(kLeastBytes));
}

Reply Client::receive_head() {
  Reply reply;
  error_code error;
  const auto head_size =
      asio::read_until(socket_, asio::dynamic_buffer(received_), "\r\n\r\n", error);
  if (error) return reply;
  reply.head = received_.substr(0, head_size);
  received_.erase(0, head_size);
  return reply;
}

Reply Client::receive(bool to_head) {
  Reply reply = receive_head();
  error_code error;
  const auto length = reply.header("Content-Length");
  const std::size_t body_size = to_head || length.empty() ? 0 : std::stoul(length);
  if (received_.size() < body_size) {
    asio::read(socket_, asio::dynamic_buffer(received_),
               asio::transfer_exactly(body_size - received_.size()), error);
  }
  reply.body = received_.substr(0, body_size);
  received_.erase(0, body_size);
  return reply;
}

Reply Client::get(const std::string& path, const std::string& headers) {
  send(get_request(path, headers));
  return receive();
}

std::string Client::receive_all() {
  error_code end;
  asio::read(socket_, asio::dynamic_buffer(received_), end);
  return std::exchange(received_, {});
}

std::string get_request(const std::string& path, const std::string& headers) {
  return "GET " + path + " HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n";
}

}  // namespace shmx::web
