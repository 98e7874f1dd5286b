// Serving on sockets that somebody else has bound, as systemd does for its socket units.
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/lexical_cast.hpp>
#include <filesystem>

#include "tests/agent/testing/temporary_directory.h"
#include "tests/agent/web/client.h"
#include "tests/agent/web/running_server.h"

namespace shmx::web {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Sockets as a service manager keeps them: it hands over copies of their descriptors.
class HandedOver : public ::testing::Test {
 protected:
  Options copies() {
    Options options;
    options.listen_addresses.clear();
    options.listening_sockets = {::dup(tcp_.native_handle()), ::dup(unix_.native_handle())};
    return options;
  }

  shmx::testing::TemporaryDirectory directory;
  const std::string path = directory.file("metrics.sock");
  asio::io_context loop_;
  tcp::acceptor tcp_{loop_, tcp::endpoint(asio::ip::address_v6::loopback(), 0)};
  asio::local::stream_protocol::acceptor unix_{loop_, asio::local::stream_protocol::endpoint(path)};
};

TEST_F(HandedOver, SocketsAreServedAndNamed) {
  RunningServer server(copies());
  EXPECT_EQ(server.address(0), boost::lexical_cast<std::string>(tcp_.local_endpoint()));
  EXPECT_EQ(server.address(1), "unix:" + path);
  EXPECT_EQ(Client(server.address(0)).get("/metrics").status(), 200);
  Client client(server.address(1));
  client.send(get_request("/held"));
  EXPECT_EQ(server.held.take().request.peer.uid, ::getuid());
}

TEST_F(HandedOver, WhoWaitsInTheBacklogIsLeftToTheNextServer) {
  std::string tcp_address;
  {
    RunningServer server(copies());
    tcp_address = server.address(0);
    EXPECT_EQ(Client(tcp_address).get("/metrics").status(), 200);
    server.stop(std::chrono::seconds(0));
    server.wait_until_stopped();
  }
  Client waiting_by_tcp(tcp_address);
  Client waiting_by_unix("unix:" + path);
  waiting_by_tcp.send(get_request("/metrics"));
  waiting_by_unix.send(get_request("/metrics"));
  RunningServer next(copies());
  EXPECT_EQ(waiting_by_tcp.receive().status(), 200);
  EXPECT_EQ(waiting_by_unix.receive().status(), 200);
}

TEST_F(HandedOver, AUnixSocketStaysWhereItIs) {
  {
    RunningServer server(copies());
    server.stop(std::chrono::seconds(0));
    server.wait_until_stopped();
  }
  EXPECT_TRUE(std::filesystem::is_socket(path));
}

}  // namespace
}  // namespace shmx::web
