// Requests whose end a proxy in front could see elsewhere than this server does. Each carries a
// second request in what the other one might take for a body, or the other way round: it is never
// answered.
#include <gmock/gmock.h>

#include <string>

#include "tests/agent/web/client.h"
#include "tests/agent/web/running_server.h"

namespace shmx::web {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kHidden = "GET /-/healthy HTTP/1.1\r\nHost: test\r\n\r\n";

struct Shape {
  const char* name;
  const char* headers;  ///< after those of a GET
  const char* body;     ///< before the hidden request
  int status;
};

void PrintTo(const Shape& shape, std::ostream* out) {
  *out << shape.name;
}

class Smuggling : public ::testing::TestWithParam<Shape> {};

TEST_P(Smuggling, IsAnsweredOnceAtMostAndNothingAfterIt) {
  const Shape& shape = GetParam();
  RunningServer server;
  Client client(server.address());
  client.send("GET /metrics HTTP/1.1\r\nHost: test\r\n" + std::string(shape.headers) + "\r\n" +
              shape.body + kHidden);
  client.finish_sending();
  const auto all = client.receive_all();
  EXPECT_THAT(all, ::testing::StartsWith(std::string("HTTP/1.1 ") + std::to_string(shape.status)));
  EXPECT_THAT(all, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(all.substr(1), Not(HasSubstr("HTTP/1.1 ")));
}

INSTANTIATE_TEST_SUITE_P(
    Table, Smuggling,
    ::testing::Values(
        Shape{"length and chunks", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
              "0\r\n\r\n", 400},
        Shape{"chunks and length", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
              "0\r\n\r\n", 400},
        Shape{"two lengths", "Content-Length: 0\r\nContent-Length: 5\r\n", "", 400},
        Shape{"twice the same length", "Content-Length: 3\r\nContent-Length: 3\r\n", "abc", 400},
        Shape{"a list of lengths", "Content-Length: 3, 3\r\n", "abc", 400},
        Shape{"a list of no lengths", "Content-Length: 0, 0\r\n", "", 400},
        Shape{"a signed length", "Content-Length: +3\r\n", "abc", 400},
        Shape{"a hexadecimal length", "Content-Length: 0x3\r\n", "abc", 400},
        Shape{"a length with words", "Content-Length: 3 bytes\r\n", "abc", 400},
        Shape{"an empty length", "Content-Length:\r\n", "", 400},
        Shape{"a length beyond 64 bits", "Content-Length: 18446744073709551619\r\n", "abc", 400},
        Shape{"a blank before the colon", "Content-Length : 0\r\n", "", 400},
        Shape{"a tab before the colon", "Transfer-Encoding\t: chunked\r\n", "0\r\n\r\n", 400},
        Shape{"a vertical tab in the coding", "Transfer-Encoding: \x0b chunked\r\n", "0\r\n\r\n",
              400},
        Shape{"chunks", "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n", 411},
        Shape{"another coding", "Transfer-Encoding: xchunked\r\n", "0\r\n\r\n", 411},
        Shape{"identity", "Transfer-Encoding: identity\r\n", "", 411},
        Shape{"identity and a length", "Transfer-Encoding: identity\r\nContent-Length: 3\r\n",
              "abc", 400},
        Shape{"chunked and more", "Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n", 411},
        Shape{"gzip and chunked", "Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n", 411},
        Shape{"chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
              "0\r\n\r\n", 400},
        Shape{"a quoted coding", "Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n", 411},
        Shape{"a folded coding", "Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n", 411},
        Shape{"an empty coding", "Transfer-Encoding:\r\n", "0\r\n\r\n", 411},
        Shape{"a folded length", "X: a\r\n Content-Length: 5\r\nContent-Length: 3\r\n", "abc", 200},
        Shape{"a bare LF in the head", "X: a\nContent-Length: 0\r\n", "", 400},
        Shape{"a bare CR in the head", "X: a\rContent-Length: 0\r\n", "", 400},
        Shape{"a line without a name", ": a\r\n", "", 400},
        Shape{"a length in the wrong case", "cOnTeNt-lEnGtH: 3\r\n", "abc", 200},
        Shape{"credentials said twice", "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n",
              "", 400}));

std::string answers(const std::string& bytes) {
  RunningServer server;
  Client client(server.address());
  client.send(bytes);
  client.finish_sending();
  return client.receive_all();
}

TEST(Smuggled, ChunksOfHttp10AreRefusedToo) {
  const auto all = answers(
      "GET /metrics HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"
      "0\r\n\r\n" +
      std::string(kHidden));
  EXPECT_THAT(all, HasSubstr(" 411 Length Required"));
  EXPECT_THAT(all, Not(HasSubstr("Healthy")));
}

TEST(Smuggled, AnotherHostInTheTargetIsNoOtherRequest) {
  const auto all = answers("GET http://other.example/metrics HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_THAT(all, ::testing::StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(all.substr(1), Not(HasSubstr("HTTP/1.1 ")));
}

TEST(Smuggled, ARequestLineWithMoreWordsIsNone) {
  for (const auto* const line :
       {"GET /metrics HTTP/1.1 GET /-/healthy HTTP/1.1\r\n", "GET  /metrics HTTP/1.1\r\n",
        "GET\t/metrics\tHTTP/1.1\r\n", " GET /metrics HTTP/1.1\r\n", "GET /metrics HTTP/1.10\r\n",
        "GET /metrics HTTP/0.9\r\n", "GET /metrics http/1.1\r\n", "GET /metrics HTTP/1.1\n"}) {
    const auto all = answers(std::string(line) + "Host: test\r\n\r\n" + kHidden);
    EXPECT_THAT(all, ::testing::StartsWith("HTTP/1.1 400 ")) << line;
    EXPECT_THAT(all, Not(HasSubstr("Healthy"))) << line;
  }
}

}  // namespace
}  // namespace shmx::web
