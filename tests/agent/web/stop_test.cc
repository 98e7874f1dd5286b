// Stopping: what is in flight is finished, within bounds.
#include <gmock/gmock.h>

#include "tests/agent/web/client.h"
#include "tests/agent/web/running_server.h"

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
