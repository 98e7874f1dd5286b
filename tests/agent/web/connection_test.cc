// HTTP/1.1 and 1.0 on one connection: how long it lives, and what malformed bytes get.
#include <gmock/gmock.h>

#include <thread>

#include "tests/agent/web/client.h"
#include "tests/agent/web/running_server.h"

namespace shmx::web {
namespace {

using testing::HasSubstr;

TEST(Connection, ServesOneRequestAfterTheOther) {
  RunningServer server;
  Client client(server.address());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.get("/metrics").status(), 200);
}

TEST(Connection, AnswersPipelinedRequestsInTheirOrder) {
  RunningServer server;
  Client client(server.address());
  client.send(get_request("/metrics") + get_request("/nothing") + get_request("/-/healthy"));
  EXPECT_EQ(client.receive().body, RunningServer::kMetrics);
  EXPECT_EQ(client.receive().status(), 404);
  EXPECT_EQ(client.receive().body, "Healthy\n");
}

TEST(Connection, ReadsARequestThatComesByteByByte) {
  RunningServer server;
  Client client(server.address());
  for (const char byte : get_request("/metrics")) client.send({&byte, 1});
  EXPECT_EQ(client.receive().status(), 200);
}

TEST(Connection, AnswersAClientThatHasFinishedSending) {
  RunningServer server;
  Client client(server.address());
  client.send(get_request("/held"));
  client.finish_sending();
  server.held.take().respond(text_response(200, "for you"));
  EXPECT_EQ(client.receive().body, "for you\n");
  EXPECT_TRUE(client.is_closed());
}

TEST(Connection, TakesAnAnswerFromAnotherThread) {
  RunningServer server;
  Client client(server.address());
  client.send(get_request("/held"));
  std::thread([call = server.held.take()] { call.respond(text_response(200, "hello")); }).join();
  EXPECT_EQ(client.receive().body, "hello\n");
}

TEST(Connection, SendsALargeBodyWhole) {
  RunningServer server;
  Client client(server.address());
  EXPECT_EQ(client.get("/large").body, *server.large_body);
}

TEST(Connection, ReadsOnWithoutAClientThatLeftBeforeTheAnswer) {
  RunningServer server;
  {
    Client leaving(server.address());
    leaving.send(get_request("/held"));
    server.held.take().respond(text_response(200, "gone"));
  }
  Client staying(server.address());
  EXPECT_EQ(staying.get("/metrics").status(), 200);
}

struct Ending {
  const char* request_line;
  const char* connection;
  bool closes;
};

class KeepAlive : public testing::TestWithParam<Ending> {};

TEST_P(KeepAlive, FollowsTheVersionAndTheConnectionHeader) {
  RunningServer server;
  Client client(server.address());
  client.send(std::string(GetParam().request_line) + "\r\nHost: test\r\n" + GetParam().connection +
              "\r\n");
  EXPECT_EQ(client.receive().status(), 200);
  if (GetParam().closes) {
    EXPECT_TRUE(client.is_closed());
  } else {
    EXPECT_EQ(client.get("/metrics").status(), 200);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, KeepAlive,
    testing::Values(Ending{"GET /metrics HTTP/1.1", "", false},
                    Ending{"GET /metrics HTTP/1.1", "Connection: keep-alive\r\n", false},
                    Ending{"GET /metrics HTTP/1.1", "Connection: close\r\n", true},
                    Ending{"GET /metrics HTTP/1.0", "", true},
                    Ending{"GET /metrics HTTP/1.0", "Connection: keep-alive\r\n", false}));

TEST(Connection, Http10NeedsNoHost) {
  RunningServer server;
  Client client(server.address());
  client.send("GET /metrics HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.receive_all(), HasSubstr(RunningServer::kMetrics));
}

class Malformed : public testing::TestWithParam<const char*> {};

TEST_P(Malformed, RequestIsAnswered400AndTheConnectionCloses) {
  RunningServer server;
  Client client(server.address());
  client.send(std::string(GetParam()) + get_request("/metrics"));
  const auto reply = client.receive();
  EXPECT_EQ(reply.status(), 400);
  EXPECT_EQ(reply.header("Connection"), "close");
  EXPECT_EQ(reply.body, "Bad Request\n");
  EXPECT_TRUE(client.is_closed());
}

INSTANTIATE_TEST_SUITE_P(
    Table, Malformed,
    testing::Values("\r\n\r\n", "nonsense\r\n\r\n", "GET /metrics\r\n\r\n",
                    "GET /metrics HTTP/1.1\r\n\r\n",  // no Host
                    "GET /metrics HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                    "GET /metrics HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n",
                    "GET /metrics HTTP/2.0\r\nHost: a\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                    "GET /me trics HTTP/1.1\r\nHost: a\r\n\r\n",
                    "GET /metrics HTTP/1.1\r\nHost : a\r\n\r\n",
                    "GET /metrics HTTP/1.1\r\nHost: a\r\nX\r\n\r\n",
                    "GET /metrics HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n",
                    "GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
                    "GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                    "Content-Length: 2\r\n\r\n",
                    "GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                    "\x16\x03\x01\x02\x01\x01\xfc\x03\x03"));  // a TLS hello

TEST(Connection, AClientThatLeavesInTheMiddleOfARequestIsForgottenWithoutAnAnswer) {
  RunningServer server;
  Client client(server.address());
  client.send("GET /metrics HTTP/1.1\r\nHo");
  client.finish_sending();
  EXPECT_EQ(client.receive_all(), "");
}

TEST(Connection, ReadsAndForgetsASmallBodyAndEndsAfterIt) {
  RunningServer server;
  Client client(server.address());
  client.send("GET /metrics HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello");
  const auto reply = client.receive();
  EXPECT_EQ(reply.status(), 200);
  EXPECT_EQ(reply.header("Connection"), "close");
  EXPECT_TRUE(client.is_closed());
}

TEST(Connection, RefusesABodyOfUnknownLengthAndEndsAfterIt) {
  RunningServer server;
  Client client(server.address());
  client.send(
      "POST /reload HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n0\r\nX: y\r\n\r\n");
  EXPECT_EQ(client.receive().status(), 411);
  EXPECT_TRUE(client.is_closed());
}

TEST(Connection, GoesOnAfterABodyOfNoBytes) {
  RunningServer server;
  Client client(server.address());
  client.send("POST /reload HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(client.receive().body, "reloaded\n");
  EXPECT_EQ(client.get("/metrics").status(), 200);
}

TEST(Connection, EndsAfterAResponseThatIsToBeTheLast) {
  RunningServer server;
  Client client(server.address());
  client.send(get_request("/held"));
  auto last = text_response(403, "Forbidden");
  last.close = true;
  server.held.take().respond(last);
  const auto reply = client.receive();
  EXPECT_EQ(reply.status(), 403);
  EXPECT_EQ(reply.header("Connection"), "close");
  EXPECT_TRUE(client.is_closed());
}

TEST(Connection, IsLookedAfterBeforeItAndBeforeEachRequest) {
  RunningServer server;
  Client client(server.address());
  EXPECT_EQ(client.get("/metrics").status(), 200);
  EXPECT_EQ(client.get("/nothing").status(), 404);
  EXPECT_EQ(server.uses(), 3);
}

TEST(Connection, AClientThatAsksBeforeItSendsItsBodyMaySendIt) {
  RunningServer server;
  Client client(server.address());
  client.send(
      "GET /metrics HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\n"
      "Content-Length: 5\r\n\r\n");
  EXPECT_EQ(client.receive().status(), 100);
  client.send("hello");
  EXPECT_EQ(client.receive().status(), 200);
}

}  // namespace
}  // namespace shmx::web
