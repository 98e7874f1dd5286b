// Serving over a unix socket: who is there, and what may be at its path before.
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <filesystem>
#include <fstream>

#include "agent/web/listener.h"
#include "tests/agent/testing/temporary_directory.h"
#include "tests/agent/web/client.h"
#include "tests/agent/web/running_server.h"
#include "tests/agent/web/web_configs.h"

namespace shmx::web {
namespace {

using ::testing::HasSubstr;

class UnixListener : public ::testing::Test {
 protected:
  UnixListener() { options.listen_addresses = {address}; }

  std::string problem() {
    boost::asio::io_context loop;
    const auto listener = bind_listener(loop, address);
    return listener ? std::string() : listener.error().message;
  }

  shmx::testing::TemporaryDirectory directory;
  const std::string path = directory.file("metrics.sock");
  const std::string address = "unix:" + path;
  Options options;
};

TEST_F(UnixListener, ServesAndSaysWhoIsThere) {
  RunningServer server(options);
  EXPECT_EQ(server.address(), address);
  Client client(server.address());
  EXPECT_EQ(client.get("/metrics").status(), 200);
  client.send(get_request("/held"));
  const auto call = server.held.take();
  EXPECT_EQ(call.request.peer.uid, ::getuid());
  EXPECT_EQ(call.request.peer.address, "unix");
  EXPECT_FALSE(call.request.peer.tls);
}

TEST_F(UnixListener, NeedsNoTlsWhereOthersDo) {
  const shmx::testing::Authority authority;
  options.listen_addresses = {"127.0.0.1:0", address};
  options.config = config_of(authority.issue("DNS:agent.example"));
  RunningServer server(options);
  EXPECT_EQ(Client(address).get("/metrics").status(), 200);
  EXPECT_EQ(Client(server.address(0)).get("/metrics").status(), 400);
}

TEST_F(UnixListener, LetsEverybodyConnectWhoReachesIt) {
  const ::mode_t before = ::umask(077);
  RunningServer server(options);
  ::umask(before);
  struct stat there {};
  ASSERT_EQ(::lstat(path.c_str(), &there), 0);
  EXPECT_TRUE(S_ISSOCK(there.st_mode));
  EXPECT_EQ(there.st_mode & 07777U, 0666U);
}

TEST_F(UnixListener, LeavesNothingBehindWhenItStops) {
  RunningServer server(options);
  server.stop(std::chrono::seconds(0));
  server.wait_until_stopped();
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST_F(UnixListener, TakesThePlaceOfOneThatNobodyListensOn) {
  {
    boost::asio::io_context loop;
    boost::asio::local::stream_protocol::acceptor dead(
        loop, boost::asio::local::stream_protocol::endpoint(path));
  }
  ASSERT_TRUE(std::filesystem::exists(path));
  RunningServer server(options);
  EXPECT_EQ(Client(address).get("/metrics").status(), 200);
}

TEST_F(UnixListener, LeavesOneThatSomebodyListensOn) {
  RunningServer server(options);
  EXPECT_THAT(problem(), HasSubstr("another agent listens there"));
  EXPECT_EQ(Client(address).get("/metrics").status(), 200);
}

TEST_F(UnixListener, LeavesWhatIsNoSocket) {
  std::ofstream(path) << "precious";
  EXPECT_THAT(problem(), HasSubstr("something that is no socket"));
  EXPECT_EQ(std::filesystem::file_size(path), 8U);
}

TEST_F(UnixListener, LeavesAtItsEndWhatIsNotItsOwn) {
  RunningServer server(options);
  std::filesystem::remove(path);
  std::ofstream(path) << "another's";
  server.stop(std::chrono::seconds(0));
  server.wait_until_stopped();
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(UnixListener, NeedsItsDirectory) {
  std::filesystem::remove(directory.path());
  EXPECT_THAT(problem(), HasSubstr("its directory must exist"));
}

}  // namespace
}  // namespace shmx::web
