// Which path and method gets which answer.
#include <gmock/gmock.h>

#include "agent/web/pages.h"
#include "tests/agent/web/client.h"
#include "tests/agent/web/running_server.h"

namespace shmx::web {
namespace {

using testing::HasSubstr;

struct Expected {
  const char* method;
  const char* target;
  int status;
};

class Page : public testing::TestWithParam<Expected> {};

TEST_P(Page, IsAnsweredWithItsStatus) {
  RunningServer server;
  Client client(server.address());
  client.send(std::string(GetParam().method) + " " + GetParam().target +
              " HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(client.receive().status(), GetParam().status);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Page,
    testing::Values(Expected{"GET", "/", 200}, Expected{"GET", "/metrics", 200},
                    Expected{"GET", "/metrics?name[]=up", 200}, Expected{"GET", "/?", 200},
                    Expected{"GET", "http://host.example/metrics", 200},
                    Expected{"GET", "http://host.example", 200}, Expected{"GET", "/-/healthy", 200},
                    Expected{"GET", "/-/ready", 503}, Expected{"GET", "/index.html", 404},
                    Expected{"GET", "/metrics/", 404}, Expected{"GET", "//metrics", 404},
                    Expected{"GET", "/../metrics", 404}, Expected{"GET", "*", 404},
                    Expected{"POST", "/nothing", 404}, Expected{"POST", "/metrics", 405},
                    Expected{"PUT", "/", 405}, Expected{"OPTIONS", "/metrics", 405},
                    Expected{"DELETE", "/-/healthy", 405}, Expected{"get", "/metrics", 405},
                    Expected{"PURGE", "/metrics", 405}));

TEST(Pages, APageForPostsIsForNothingElse) {
  RunningServer server;
  Client client(server.address());
  client.send("POST /reload HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(client.receive().status(), 200);
  const auto reply = client.get("/reload");
  EXPECT_EQ(reply.status(), 405);
  EXPECT_EQ(reply.header("Allow"), "POST");
}

TEST(Pages, AWrongMethodIsToldTheRightOnes) {
  RunningServer server;
  Client client(server.address());
  client.send("POST /metrics HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(client.receive().header("Allow"), "GET, HEAD");
}

TEST(Pages, TheReadinessPageFollowsTheReadiness) {
  RunningServer server;
  Client client(server.address());
  EXPECT_EQ(client.get("/-/ready").status(), 503);
  server.set_ready(true);
  EXPECT_EQ(client.get("/-/ready").status(), 200);
}

TEST(Pages, AResponseSaysItsTypeItsLengthAndTheDate) {
  RunningServer server;
  Client client(server.address());
  const auto page = client.get("/metrics");
  EXPECT_EQ(page.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(page.header("Content-Length"),
            std::to_string(std::string(RunningServer::kMetrics).size()));
  EXPECT_EQ(page.header("Date"), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(page.body, RunningServer::kMetrics);
}

TEST(Pages, HeadHasTheHeadersOfGetAndNoBody) {
  RunningServer server;
  Client client(server.address());
  const auto page = client.get("/metrics");
  client.send("HEAD /metrics HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(client.receive(true).head, page.head);
  client.send("HEAD /nothing HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(client.receive(true).status(), 404);
  EXPECT_EQ(client.get("/metrics").body, RunningServer::kMetrics);
}

TEST(Pages, AHandlerSeesTheRequest) {
  RunningServer server;
  Client client(server.address());
  client.send("GET /held?name%5B%5D=up HTTP/1.1\r\nHost: test\r\naccept: text/plain;q=0.5\r\n\r\n");
  auto call = server.held.take();
  EXPECT_EQ(call.request.method, "GET");
  EXPECT_EQ(call.request.path, "/held");
  EXPECT_EQ(call.request.query, "name%5B%5D=up");
  EXPECT_EQ(call.request.header("Accept"), "text/plain;q=0.5");
  EXPECT_EQ(call.request.header("Accept-Encoding"), "");
  EXPECT_EQ(call.request.peer.address, "127.0.0.1");
  call.respond(text_response(200, "late"));
  EXPECT_EQ(client.receive().body, "late\n");
}

TEST(Pages, TheFirstAnswerOfAHandlerCounts) {
  RunningServer server;
  Client client(server.address());
  client.send(get_request("/held") + get_request("/metrics"));
  auto call = server.held.take();
  call.respond(text_response(200, "first"));
  call.respond(text_response(500, "second"));
  EXPECT_EQ(client.receive().body, "first\n");
  EXPECT_EQ(client.receive().body, RunningServer::kMetrics);
}

TEST(Pages, AnAddedHeaderIsSent) {
  RunningServer server;
  Client client(server.address());
  client.send(get_request("/held"));
  auto response = text_response(200, "");
  response.headers.push_back({"Retry-After", "5"});
  server.held.take().respond(response);
  EXPECT_EQ(client.receive().header("Retry-After"), "5");
}

TEST(Pages, AHandlerThatThrowsOrNeverAnswersIsAnError500WithoutItsReason) {
  RunningServer server;
  Client client(server.address());
  for (const auto* path : {"/throwing", "/dropped"}) {
    const auto reply = client.get(path);
    EXPECT_EQ(reply.status(), 500) << path;
    EXPECT_EQ(reply.body, "Internal Server Error\n") << path;
  }
  EXPECT_EQ(client.get("/metrics").status(), 200);
}

TEST(Pages, EachResponseIsObservedWithItsRouteStatusAndSize) {
  RunningServer server;
  Client client(server.address());
  client.get("/metrics");
  auto seen = server.observations.take();
  EXPECT_EQ(seen.route, "/metrics");
  EXPECT_EQ(seen.status, 200U);
  EXPECT_EQ(seen.bytes, std::string(RunningServer::kMetrics).size());
  client.get("/metric?s");
  seen = server.observations.take();
  EXPECT_EQ(seen.route, "");
  EXPECT_EQ(seen.status, 404U);
}

TEST(Router, RefusesPathsThatCannotBeServed) {
  const auto problem_of = [](const std::vector<std::string>& paths) {
    std::vector<Route> routes;
    routes.reserve(paths.size());
    for (const auto& path : paths) routes.push_back({path, {}, 0});
    return Router(std::move(routes)).problem();
  };
  EXPECT_EQ(problem_of({"/", "/metrics", "/-/healthy"}), "");
  EXPECT_THAT(problem_of({"/", "metrics"}), HasSubstr("\"metrics\": it must begin with /"));
  EXPECT_THAT(problem_of({""}), HasSubstr("it must begin with /"));
  EXPECT_THAT(problem_of({"/a?b"}), HasSubstr("letters, digits"));
  EXPECT_THAT(problem_of({"/<script>"}), HasSubstr("letters, digits"));
  EXPECT_THAT(problem_of({"/-/ready", "/-/ready"}), HasSubstr("already that of another page"));
}

}  // namespace
}  // namespace shmx::web
