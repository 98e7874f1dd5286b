// Binding addresses, and accepting when the host has nothing left to accept with.
#include "agent/web/listener.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <stdexcept>
#include <string>

#include "tests/agent/web/client.h"
#include "tests/agent/web/running_server.h"

namespace shmx::web {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string port_of(const std::string& address) {
  return address.substr(address.rfind(':'));
}

TEST(Listener, ServesEveryAddressItWasGiven) {
  Options options;
  options.listen_addresses = {"127.0.0.1:0", "127.0.0.2:0", "localhost:0"};
  RunningServer server(options);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(Client(server.address(i)).get("/metrics").status(), 200) << server.address(i);
  }
  EXPECT_THAT(server.address(1), StartsWith("127.0.0.2:"));
}

TEST(Listener, ServesIPv6) {
  Options options;
  options.listen_addresses = {"[::1]:0"};
  RunningServer server(options);
  EXPECT_THAT(server.address(), StartsWith("[::1]:"));
  EXPECT_EQ(Client(server.address()).get("/metrics").status(), 200);
}

TEST(Listener, AnAddressWithoutHostServesIPv4AndIPv6) {
  Options options;
  options.listen_addresses = {":0"};
  RunningServer server(options);
  EXPECT_EQ(Client("127.0.0.1" + port_of(server.address())).get("/metrics").status(), 200);
  EXPECT_EQ(Client("[::1]" + port_of(server.address())).get("/metrics").status(), 200);
}

TEST(Listener, AnAddressInUseIsAnErrorThatNamesIt) {
  RunningServer server;
  boost::asio::io_context loop;
  const auto second = bind_listener(loop, server.address());
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().message, HasSubstr(server.address()));
  EXPECT_THAT(second.error().message, HasSubstr("Address already in use"));
}

TEST(Listener, AnUnknownHostIsAnErrorThatNamesIt) {
  boost::asio::io_context loop;
  const auto listener = bind_listener(loop, "host.invalid:0");
  ASSERT_FALSE(listener.ok());
  EXPECT_THAT(listener.error().message, HasSubstr("cannot listen on host.invalid:0"));
}

TEST(Listener, AServerThatCannotBindOneAddressBindsNone) {
  Options options;
  options.listen_addresses = {"127.0.0.1:0", "nonsense"};
  EXPECT_THROW(RunningServer{options}, std::runtime_error);
}

/// Allows no descriptor beyond those that are open, until it goes.
class NoDescriptorsLeft {
 public:
  NoDescriptorsLeft() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int lowest_unused = ::dup(STDERR_FILENO);
    ::close(lowest_unused);
    auto none = before_;
    none.rlim_cur = static_cast<rlim_t>(lowest_unused);
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  NoDescriptorsLeft(const NoDescriptorsLeft&) = delete;
  NoDescriptorsLeft& operator=(const NoDescriptorsLeft&) = delete;
  ~NoDescriptorsLeft() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST(Listener, WithoutDescriptorsItTellsOnceAndAcceptsAgainWhenThereAreSome) {
  Options options;
  options.limits.accept_pause = std::chrono::milliseconds(5);
  RunningServer server(options);
  Client client;
  {
    const NoDescriptorsLeft none;
    client.connect(server.address());
    EXPECT_THAT(server.problems.take(), HasSubstr("Too many open files"));
  }
  EXPECT_EQ(client.get("/metrics").status(), 200);
  EXPECT_TRUE(server.problems.empty());
}

}  // namespace
}  // namespace shmx::web
