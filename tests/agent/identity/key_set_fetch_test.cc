// Fetches from a real server over real TLS, honest and otherwise.
#include "agent/identity/key_set_fetch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <optional>

#include "agent/identity/token.h"
#include "tests/agent/identity/key_server.h"

namespace shmx::identity {
namespace {

using testing::Answer;
using testing::Authority;
using ::testing::HasSubstr;
using testing::json_answer;
using testing::KeyPair;
using testing::KeyServer;
using ::testing::Not;
using ::testing::SizeIs;
using testing::Untouched;
using Then = Answer::Then;

/// For what is to answer. Longer than any machine takes, shorter than a test may.
constexpr std::chrono::milliseconds kPatience{20'000};
/// For what never does.
constexpr std::chrono::milliseconds kSoon{150};

class KeySetFetchTest : public ::testing::Test {
 protected:
  /// What a server's answer is taken for: the body, or "error: " and the message.
  std::string fetched(const Answer& answer, std::chrono::milliseconds time = kPatience) const {
    const KeyServer server(own_, [&](const std::string&) { return answer; });
    return fetched_from(server.url(), authority_.certificate(), time);
  }

  std::string fetched_by(const KeyPair& identity, const std::optional<std::string>& authorities,
                         KeyServer::Speaks speaks = KeyServer::Speaks::tls,
                         std::chrono::milliseconds time = kPatience) const {
    const KeyServer server(
        identity, [](const std::string&) { return json_answer("{}"); }, speaks);
    return fetched_from(server.url(), authorities, time);
  }

  static std::string fetched_from(const std::string& url,
                                  const std::optional<std::string>& authorities,
                                  std::chrono::milliseconds time) {
    boost::asio::io_context loop;
    std::optional<Result<std::string>> result;
    fetch_key_set(loop, {web::parse_url(url).value(), authorities, time},
                  [&](Result<std::string> got) {
                    EXPECT_FALSE(result) << "done is called once";
                    result = std::move(got);
                  });
    loop.run();  // returns when nothing of the fetch is left
    if (!result) return "never done";
    return *result ? result->value() : "error: " + result->error().message;
  }

  const Authority authority_;
  const KeyPair own_ = authority_.issue("IP:127.0.0.1");
};

TEST_F(KeySetFetchTest, GetsTheBody) {
  const KeyServer server(own_, [](const std::string&) { return json_answer("{\"keys\":[]}"); });
  EXPECT_EQ(fetched_from(server.url("/a/b?c=d"), authority_.certificate(), kPatience),
            "{\"keys\":[]}");
  ASSERT_THAT(server.requests(), SizeIs(1));
  const auto request = server.requests().front();
  EXPECT_THAT(request, HasSubstr("GET /a/b?c=d HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("Host: 127.0.0.1:" + std::to_string(server.port()) + "\r\n"));
  EXPECT_THAT(request, Not(HasSubstr("Accept-Encoding")));
}

TEST_F(KeySetFetchTest, TakesChunksAndBodiesThatEndWithTheConnection) {
  EXPECT_EQ(fetched({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n"
                     "0\r\n\r\n"}),
            "{}");
  EXPECT_EQ(fetched({"HTTP/1.1 200 OK\r\n\r\n{}"}), "{}");
}

TEST_F(KeySetFetchTest, TrustsTheAuthoritiesAlone) {
  const Authority stranger;
  EXPECT_EQ(fetched_by(own_, authority_.certificate()), "{}");
  EXPECT_EQ(fetched_by(own_, stranger.certificate() + authority_.certificate()), "{}");
  EXPECT_THAT(fetched_by(own_, stranger.certificate()), HasSubstr("its certificate is refused"));
  EXPECT_THAT(fetched_by(own_, std::nullopt), HasSubstr("its certificate is refused"))
      << "the system's";
  EXPECT_THAT(fetched_by(stranger.issue("IP:127.0.0.1"), authority_.certificate()),
              HasSubstr("its certificate is refused"));
  EXPECT_THAT(fetched_by(own_, "no PEM"), HasSubstr("no certificates in PEM"));
  EXPECT_THAT(fetched_by(own_, ""), HasSubstr("no certificates in PEM"));
}

TEST_F(KeySetFetchTest, TrustsTheHostsCertificateAlone) {
  for (const char* const name : {"IP:127.0.0.2", "DNS:localhost", "DNS:127.0.0.1", "DNS:*"}) {
    EXPECT_THAT(fetched_by(authority_.issue(name), authority_.certificate()),
                HasSubstr("its certificate is refused"))
        << name;
  }
  EXPECT_THAT(fetched_by(authority_.issue("IP:127.0.0.1", true), authority_.certificate()),
              HasSubstr("certificate has expired"));
}

TEST_F(KeySetFetchTest, SpeaksTls12OrNewer) {
  EXPECT_THAT(fetched_by(own_, authority_.certificate(), KeyServer::Speaks::tls_1_1),
              HasSubstr("error: fetch from"));
  EXPECT_THAT(fetched_by(own_, authority_.certificate(), KeyServer::Speaks::http, kSoon),
              HasSubstr("error: fetch from"));
}

TEST_F(KeySetFetchTest, FollowsNoRedirect) {
  for (const char* const status : {"301", "302", "303", "307", "308"}) {
    const Untouched other;
    EXPECT_THAT(fetched({std::string("HTTP/1.1 ") + status + " Elsewhere\r\nLocation: " +
                         other.url() + "\r\nContent-Length: 2\r\n\r\n{}"}),
                HasSubstr("redirects are not followed"))
        << status;
    EXPECT_FALSE(other.was_touched());
  }
}

TEST_F(KeySetFetchTest, TakesNothingBut200) {
  for (const char* const status :
       {"201", "203", "204", "206", "400", "401", "404", "429", "500", "503"}) {
    EXPECT_THAT(fetched({std::string("HTTP/1.1 ") + status + " X\r\nContent-Length: 0\r\n\r\n"}),
                HasSubstr(std::string("it answered ") + status))
        << status;
  }
}

TEST_F(KeySetFetchTest, TakesNoOtherCodingThanItAskedFor) {
  EXPECT_THAT(fetched({"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"}),
              HasSubstr("coding \"gzip\""));
}

TEST_F(KeySetFetchTest, TakesNoMoreThan256KiB) {
  const std::string most(kMaxKeySetBytes, ' ');
  EXPECT_EQ(fetched(json_answer(most)), most);
  EXPECT_THAT(fetched(json_answer(most + " ")), HasSubstr("body limit"));
  EXPECT_THAT(fetched({"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n", Then::flood}),
              HasSubstr("body limit"));
  EXPECT_THAT(fetched({"HTTP/1.1 200 OK\r\n\r\n", Then::flood, std::string(5000, ' ')}),
              HasSubstr("body limit"));
  EXPECT_THAT(fetched({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", Then::flood,
                       "400\r\n" + std::string(0x400, ' ') + "\r\n"}),
              HasSubstr("body limit"));
  EXPECT_THAT(fetched({"HTTP/1.1 200 OK\r\n", Then::flood, "X-Header: value\r\n"}),
              HasSubstr("header limit"));
  EXPECT_THAT(fetched({"", Then::flood, "garbage "}), HasSubstr("error: fetch from"));
}

TEST_F(KeySetFetchTest, TakesNoHalf) {
  EXPECT_THAT(fetched({"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}"}),
              HasSubstr("error: fetch from"));
  EXPECT_THAT(fetched({"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}", Then::cut}),
              HasSubstr("error: fetch from"));
  EXPECT_THAT(fetched({"HTTP/1.1 200 OK\r\n\r\n{}", Then::cut}), HasSubstr("error: fetch from"));
  EXPECT_THAT(fetched({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"}),
              HasSubstr("error: fetch from"));
  EXPECT_THAT(fetched({"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"}),
              HasSubstr("error: fetch from"));
  EXPECT_THAT(fetched({""}), HasSubstr("error: fetch from"));
}

TEST_F(KeySetFetchTest, IsOverAfterItsTimeWhateverTheServerDoes) {
  const std::string late = "it did not answer within the time";
  EXPECT_THAT(fetched({"", Then::hold}, kSoon), HasSubstr(late));
  EXPECT_THAT(fetched({"HTTP/1.1 200 OK\r\n", Then::hold}, kSoon), HasSubstr(late));
  EXPECT_THAT(fetched({"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", Then::drip}, kSoon),
              HasSubstr(late));
  EXPECT_THAT(fetched({"HTTP/1.1 200 OK\r\nX: ", Then::drip, "x"}, kSoon), HasSubstr(late));
  EXPECT_THAT(fetched_by(own_, authority_.certificate(), KeyServer::Speaks::nothing, kSoon),
              HasSubstr(late));
}

TEST_F(KeySetFetchTest, SaysWhereNobodyListens) {
  std::string url;
  {
    const KeyServer gone(own_, [](const std::string&) { return Answer{""}; });
    url = gone.url();
  }
  EXPECT_THAT(fetched_from(url, authority_.certificate(), kPatience), HasSubstr("connect: "));
}

}  // namespace
}  // namespace shmx::identity
