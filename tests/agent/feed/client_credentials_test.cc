// What the client shows the agent, and whom it takes for it.
#include "agent/feed/client_credentials.h"

#include <gmock/gmock.h>

#include "agent/feed/answers.h"
#include "tests/agent/feed/running_feed.h"
#include "tests/agent/testing/certificates.h"
#include "tests/agent/testing/temporary_directory.h"

namespace shmx::feed {
namespace {

using testing::Certificate;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FeedClientCredentials : public ::testing::Test {
 protected:
  FeedClientCredentials() {
    directory_.write("ca.pem", servers_.pem());
    directory_.write("own.pem", own_.pem());
    directory_.write("own.key", own_.key_pem());
    directory_.write("token", "it.is.one\n");
  }

  Options options() const {
    const Certificate certificate = servers_.issue({.alternatives = {"IP:127.0.0.1"}});
    auto settings = std::make_shared<web::TlsSettings>();
    settings->certificate.text = certificate.pem();
    settings->key.text = certificate.key_pem();
    Options made = usual_options();
    made.tls = [settings] { return settings; };
    return made;
  }

  /// What the client gets first, as a word or a problem.
  static std::string first(const std::string& address, const CredentialFiles& files) {
    Client client({.address = address, .credentials = files});
    const auto next = client.next();
    return !next ? "cancelled" : next->ok() ? "a snapshot" : next->error().message;
  }

  CredentialFiles files(const std::string& authorities) const {
    return {directory_.file(authorities), {}, {}, {}};
  }

  const testing::TemporaryDirectory directory_;
  const Certificate servers_ = Certificate::root("servers");
  const Certificate own_ = Certificate::root("clients").issue({});
};

TEST_F(FeedClientCredentials, AreShownOverTls) {
  RunningFeed feed(options());
  EXPECT_EQ(first(feed.address(), {directory_.file("ca.pem"), directory_.file("own.pem"),
                                   directory_.file("own.key"), directory_.file("token")}),
            "a snapshot");
  const auto presented = feed.seen().judged.at(0);
  EXPECT_THAT(*presented.chain, ElementsAre(own_.der()));
  EXPECT_EQ(presented.authorization, "Bearer it.is.one");
}

TEST_F(FeedClientCredentials, AreNotShownToAnotherServer) {
  RunningFeed feed(options());
  directory_.write("other.pem", Certificate::root("others").pem());
  EXPECT_THAT(first(feed.address(), files("other.pem")), HasSubstr("no agent answers at"));
}

TEST_F(FeedClientCredentials, AreATokenOverAUnixSocket) {
  RunningFeed feed(usual_options("unix:" + directory_.file("s")));
  EXPECT_EQ(first(feed.address(), {{}, {}, {}, directory_.file("token")}), "a snapshot");
  EXPECT_EQ(feed.seen().judged.at(0).authorization, "Bearer it.is.one");
}

TEST_F(FeedClientCredentials, ThatAreRefusedAreSaidToBe) {
  RunningFeed feed(options());
  feed.judge_all(refused(identity::Refusal::Kind::unauthenticated));
  EXPECT_THAT(first(feed.address(), files("ca.pem")),
              HasSubstr("refused: " + std::string(kUnauthenticated)));
  feed.judge_all(refused(identity::Refusal::Kind::busy));
  EXPECT_THAT(first(feed.address(), files("ca.pem")), HasSubstr(std::string(kBusy)));
}

TEST_F(FeedClientCredentials, AreOnlyShownWhereOthersCannotRead) {
  const std::string port = "127.0.0.1:" + std::to_string(1);
  EXPECT_THAT(first(port, {{}, {}, {}, directory_.file("token")}),
              HasSubstr("a token is shown over TLS or a unix socket alone"));
  EXPECT_THAT(first("example.org:1", {}), HasSubstr("or over TLS"));
  EXPECT_THAT(first("unix:/s", files("ca.pem")), HasSubstr("leave the authorities out"));
}

TEST_F(FeedClientCredentials, AreNamedTogether) {
  const std::string port = "127.0.0.1:" + std::to_string(1);
  EXPECT_THAT(first(port, {directory_.file("ca.pem"), directory_.file("own.pem"), {}, {}}),
              HasSubstr("named together"));
  EXPECT_THAT(first(port, {{}, directory_.file("own.pem"), directory_.file("own.key"), {}}),
              HasSubstr("over TLS, which needs the authorities"));
}

TEST_F(FeedClientCredentials, ThatCannotBeReadAreSaidToBe) {
  const std::string port = "127.0.0.1:" + std::to_string(1);
  EXPECT_THAT(first(port, files("none.pem")), HasSubstr("none.pem"));
  const std::string socket = "unix:" + directory_.file("s");
  EXPECT_THAT(first(socket, {{}, {}, {}, directory_.file("none")}), HasSubstr("token: "));
  for (const std::string wrong : {"", "\n", "two words", "two\nlines", "\x01"}) {
    directory_.write("token", wrong);
    EXPECT_THAT(first(socket, {{}, {}, {}, directory_.file("token")}),
                HasSubstr("one line of printable characters"));
  }
}

}  // namespace
}  // namespace shmx::feed
