// What a client cannot make the server do.
#include <gmock/gmock.h>

#include "tests/agent/web/client.h"
#include "tests/agent/web/running_server.h"

namespace shmx::web {
namespace {

using std::chrono::milliseconds;

/// Short enough that a test need not be patient, and nothing depends on how short.
constexpr milliseconds kShort{50};

TEST(Limits, TooManyHeaderBytesAreAnswered431AndTheConnectionCloses) {
  Options options;
  options.limits.header_bytes = 1024;
  RunningServer server(options);
  Client client(server.address());
  client.send("GET /metrics HTTP/1.1\r\nHost: test\r\nX: " + std::string(200'000, 'x') +
              "\r\n\r\n");
  EXPECT_EQ(client.receive().status(), 431);
  EXPECT_TRUE(client.is_closed());
}

TEST(Limits, ATooLongTargetIsAnswered431) {
  RunningServer server;
  Client client(server.address());
  client.send(get_request("/" + std::string(17'000, 'x')));
  EXPECT_EQ(client.receive().status(), 431);
}

TEST(Limits, HeadersJustBelowTheLimitAreServed) {
  RunningServer server;
  Client client(server.address());
  client.send("GET /metrics HTTP/1.1\r\nHost: test\r\nX: " + std::string(16'000, 'x') + "\r\n\r\n");
  EXPECT_EQ(client.receive().status(), 200);
}

TEST(Limits, ATooLargeBodyIsAnswered413AndTheConnectionCloses) {
  RunningServer server;
  Client announced(server.address());
  announced.send("POST /metrics HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\n\r\nx");
  EXPECT_EQ(announced.receive().status(), 413);
  EXPECT_TRUE(announced.is_closed());
}

TEST(Limits, AClientThatSendsNothingIsCut) {
  Options options;
  options.limits.read_timeout = kShort;
  RunningServer server(options);
  Client client(server.address());
  EXPECT_TRUE(client.is_closed());
}

TEST(Limits, AClientThatDoesNotFinishItsHeadersIsCut) {
  Options options;
  options.limits.read_timeout = kShort;
  RunningServer server(options);
  Client client(server.address());
  client.send("GET /metrics HTTP/1.1\r\nHost: ");
  EXPECT_TRUE(client.is_closed());
}

TEST(Limits, AClientThatDoesNotFinishItsBodyIsCut) {
  Options options;
  options.limits.read_timeout = kShort;
  RunningServer server(options);
  Client client(server.address());
  client.send("GET /metrics HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhe");
  EXPECT_TRUE(client.is_closed());
}

TEST(Limits, AnIdleConnectionIsClosed) {
  Options options;
  options.limits.idle_timeout = kShort;
  RunningServer server(options);
  Client client(server.address());
  EXPECT_EQ(client.get("/metrics").status(), 200);
  EXPECT_TRUE(client.is_closed());
}

TEST(Limits, AClientThatDoesNotReadItsResponseIsCut) {
  Options options;
  options.limits.write_timeout = kShort;
  RunningServer server(options);
  Client client(server.address());
  client.send(get_request("/large"));
  EXPECT_EQ(server.observations.take().route, "/large");  // the server has given up
  EXPECT_LT(client.receive_all().size(), server.large_body->size());
}

TEST(Limits, AClientThatReadsAllTheTimeButSlowlyIsCutToo) {
  Options options;
  options.limits.write_timeout = kShort;  // for all of the response, however often it goes on
  RunningServer server(options);
  Client client;
  client.receive_little();
  client.connect(server.address());
  client.send(get_request("/large"));
  EXPECT_LT(client.receive_all().size(), server.large_body->size());
  EXPECT_EQ(server.observations.take().route, "/large");
}

TEST(Limits, APageIsNamedInWhatItRefused) {
  Options options;
  options.max_requests = 1;
  RunningServer server(options);
  Client first(server.address());
  first.send(get_request("/held"));
  const auto call = server.held.take();
  Client second(server.address());
  EXPECT_EQ(second.get("/held").status(), 503);
  const auto observed = server.observations.take();
  EXPECT_EQ(observed.route, "/held");
  EXPECT_EQ(observed.status, 503U);
}

TEST(Limits, MoreRequestsAtOnceThanAPageTakesAreAnswered503) {
  Options options;
  options.max_requests = 2;
  RunningServer server(options);
  Client first(server.address());
  Client second(server.address());
  Client third(server.address());
  first.send(get_request("/held"));
  auto first_call = server.held.take();
  second.send(get_request("/held"));
  auto second_call = server.held.take();

  EXPECT_EQ(third.get("/held").status(), 503);
  EXPECT_EQ(third.get("/metrics").status(), 200);

  first_call.respond(text_response(200, "done"));
  EXPECT_EQ(first.receive().status(), 200);
  EXPECT_EQ(first.get("/-/healthy").status(), 200);  // its place was given back before this
  third.send(get_request("/held"));
  server.held.take().respond(text_response(200, "done"));
  EXPECT_EQ(third.receive().status(), 200);
}

TEST(Limits, APageCanTakeAnyNumberOfRequests) {
  Options options;
  options.max_requests = 0;
  RunningServer server(options);
  Client first(server.address());
  Client second(server.address());
  first.send(get_request("/held"));
  auto first_call = server.held.take();
  second.send(get_request("/held"));
  server.held.take().respond(text_response(200, "done"));
  EXPECT_EQ(second.receive().status(), 200);
}

TEST(Limits, AFullServerMakesRoomByClosingTheConnectionThatIsIdleLongest) {
  Options options;
  options.limits.connections = 2;
  RunningServer server(options);
  Client oldest(server.address());
  EXPECT_EQ(oldest.get("/metrics").status(), 200);
  Client recent(server.address());
  EXPECT_EQ(recent.get("/metrics").status(), 200);

  Client newcomer(server.address());
  EXPECT_EQ(newcomer.get("/metrics").status(), 200);
  EXPECT_TRUE(oldest.is_closed());
  EXPECT_EQ(recent.get("/metrics").status(), 200);
}

TEST(Limits, AFullServerWhoseConnectionsAreAllBusyLetsANewcomerWait) {
  Options options;
  options.limits.connections = 1;
  RunningServer server(options);
  Client busy(server.address());
  busy.send(get_request("/held"));
  auto call = server.held.take();
  Client newcomer(server.address());
  newcomer.send(get_request("/metrics"));
  call.respond(text_response(200, "done"));
  EXPECT_EQ(busy.receive().status(), 200);
  EXPECT_EQ(newcomer.receive().status(), 200);
}

}  // namespace
}  // namespace shmx::web
