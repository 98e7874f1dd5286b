// Stopping: what is in flight is finished, within bounds.
#include <gmock/gmock.h>

#include <thread>

#include "tests/agent/web/client.h"
#include "tests/agent/web/running_server.h"
#include "tests/agent/web/web_configs.h"

namespace shmx::web {
namespace {

using std::chrono::milliseconds;

/// Longer than the test's own time limit: only the end of all connections can end the stop.
constexpr milliseconds kPatient{3'600'000};

TEST(Stop, FinishesTheRequestInFlightAndThenCloses) {
  RunningServer server;
  Client client(server.address());
  client.send(get_request("/held"));
  auto call = server.held.take();
  server.stop(kPatient);
  call.respond(text_response(200, "finished"));
  const auto reply = client.receive();
  EXPECT_EQ(reply.body, "finished\n");
  EXPECT_EQ(reply.header("Connection"), "close");
  EXPECT_TRUE(client.is_closed());
  server.wait_until_stopped();
}

TEST(Stop, ClosesIdleConnectionsAtOnce) {
  RunningServer server;
  Client used(server.address());
  EXPECT_EQ(used.get("/metrics").status(), 200);
  server.stop(kPatient);
  EXPECT_TRUE(used.is_closed());
  server.wait_until_stopped();
}

/// Connected, and accepted.
void connect(Client& client, const RunningServer& server) {
  const int before = server.uses();
  client.connect(server.address());
  while (server.uses() == before) {
    std::this_thread::yield();
  }
}

TEST(Stop, AnswersWhoHasConnectedAndSendsItsFirstRequestNow) {
  Options options;
  options.limits.newcomer_timeout = kPatient;
  RunningServer server(options);
  Client used(server.address());
  EXPECT_EQ(used.get("/metrics").status(), 200);
  Client newcomer;
  connect(newcomer, server);
  server.stop(kPatient);
  EXPECT_TRUE(used.is_closed());  // The stop has begun.
  const auto reply = newcomer.get("/metrics");
  EXPECT_EQ(reply.status(), 200);
  EXPECT_EQ(reply.header("Connection"), "close");
  server.wait_until_stopped();
}

TEST(Stop, AnswersWhoIsStillInItsHandshake) {
  const shmx::testing::Authority authority;
  Options options;
  options.config = config_of(authority.issue("DNS:agent.example"));
  options.limits.newcomer_timeout = kPatient;
  RunningServer server(options);
  Client newcomer;
  connect(newcomer, server);
  server.stop(kPatient);
  newcomer.send(get_request("/metrics"));  // Which is no handshake: it is told so.
  EXPECT_THAT(newcomer.receive_all(), ::testing::HasSubstr("HTTP request to an HTTPS server"));
  server.wait_until_stopped();
}

TEST(Stop, IsNotHeldUpByWhoConnectsAndSaysNothing) {
  Options options;
  options.limits.newcomer_timeout = milliseconds(10);
  RunningServer server(options);
  Client silent;
  connect(silent, server);
  server.stop(kPatient);
  server.wait_until_stopped();
  EXPECT_TRUE(silent.is_closed());
}

TEST(Stop, AcceptsNoFurtherConnection) {
  RunningServer server;
  server.stop(kPatient);
  server.wait_until_stopped();
  EXPECT_THROW(Client{server.address()}, boost::system::system_error);
}

TEST(Stop, EndsWithoutTheRequestThatIsNotAnsweredInTime) {
  RunningServer server;
  Client client(server.address());
  client.send(get_request("/held"));
  const auto call = server.held.take();
  server.stop(milliseconds(1));
  server.wait_until_stopped();
  EXPECT_TRUE(client.is_closed());
}

TEST(Stop, EndsWithoutTheClientThatDoesNotReadInTime) {
  RunningServer server;
  Client client(server.address());
  client.send(get_request("/held"));
  auto call = server.held.take();
  server.stop(milliseconds(50));
  Response response;
  response.body = {server.large_body, *server.large_body};
  call.respond(std::move(response));
  server.wait_until_stopped();
  EXPECT_LT(client.receive_all().size(), server.large_body->size());
}

}  // namespace
}  // namespace shmx::web
