// A client that writes and reads raw bytes, so that tests see what is really sent. Blocking; a read
// that nobody answers is ended by the test's own time limit.
#ifndef SHM_EXPORTER_TESTS_AGENT_WEB_CLIENT_H
#define SHM_EXPORTER_TESTS_AGENT_WEB_CLIENT_H

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <string_view>

namespace shmx::web {

struct Reply {
  std::string head;  ///< status line and headers
  std::string body;

  int status() const;
  /// The value of a header that the reply has once; names compare as written.
  std::string header(std::string_view name) const;
};

class Client {
 public:
  /// Has its descriptors and no connection yet.
  Client();
  /// `address` is HOST:PORT or unix:PATH as the server reported it.
  explicit Client(const std::string& address);
  void connect(const std::string& address);

  void send(std::string_view bytes);
  void finish_sending();

  /// Takes so few bytes into its socket that a server must wait for it to read. Before connect().
  void receive_little();

  /// The next reply's head; its body stays unread.
  Reply receive_head();

  /// The next reply, its body as long as Content-Length says (empty without, and for HEAD).
  Reply receive(bool to_head = false);

  /// Sends a GET of HTTP/1.1 and receives the reply.
  Reply get(const std::string& path, const std::string& headers = "");

  /// Everything until the server closes or resets the connection.
  std::string receive_all();

  /// Whether the server has closed: waits until it does, or for a byte.
  bool is_closed() { return receive_all().empty(); }

 private:
  boost::asio::io_context context_;
  boost::asio::generic::stream_protocol::socket socket_;
  std::string received_;
};

/// A GET of HTTP/1.1, as bytes. `headers`: more of them, each with its line's end.
std::string get_request(const std::string& path, const std::string& headers = "");

}  // namespace shmx::web

#endif  // SHM_EXPORTER_TESTS_AGENT_WEB_CLIENT_H
