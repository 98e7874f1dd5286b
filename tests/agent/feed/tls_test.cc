// TLS: certificates made for the test, over real handshakes.
#include <gmock/gmock.h>
#include <grpc/grpc_security.h>

#include <mutex>
#include <optional>

#include "agent/feed/answers.h"
#include "agent/identity/authorities.h"
#include "agent/x509/names.h"
#include "tests/agent/feed/calls.h"
#include "tests/agent/feed/running_feed.h"
#include "tests/agent/testing/certificates.h"
#include "tests/agent/testing/temporary_directory.h"

namespace shmx::feed {
namespace {

using identity::Presented;
using testing::Certificate;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// What a web-config.yml says, and somebody changes while it is served by.
class Settings {
 public:
  explicit Settings(web::TlsSettings settings) { replace(std::move(settings)); }
  void replace(web::TlsSettings settings) {
    const std::lock_guard lock(mutex_);
    settings_ = std::make_shared<const web::TlsSettings>(std::move(settings));
  }
  std::shared_ptr<const web::TlsSettings> now() {
    const std::lock_guard lock(mutex_);
    ++asked_;
    return settings_;
  }
  int asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<const web::TlsSettings> settings_;
  int asked_ = 0;
};

struct Client {
  std::string chain{};  ///< PEM; empty: it has none
  std::string key{};
};

Client client_with(const Certificate& certificate) {
  return {certificate.pem(), certificate.key_pem()};
}

class FeedTls : public ::testing::Test {
 protected:
  static web::TlsSettings settings_of(const Certificate& authority) {
    const Certificate certificate = authority.issue({.alternatives = {"IP:127.0.0.1"}});
    web::TlsSettings settings;
    settings.certificate.text = certificate.pem();
    settings.key.text = certificate.key_pem();
    return settings;
  }

  Options options(const std::string& address = "127.0.0.1:0") {
    Options made = usual_options(address);
    made.tls = [this] { return settings_.now(); };
    return made;
  }

  std::shared_ptr<grpc::Channel> connect(const std::string& address, const Client& client = {},
                                         const std::optional<Certificate>& trusted = {}) const {
    return connect_to(address, grpc::SslCredentials(
                                   {trusted.value_or(authority_).pem(), client.key, client.chain}));
  }

  static grpc::Status get_over(const std::shared_ptr<grpc::Channel>& channel) {
    grpc::ClientContext context;
    v1::Snapshot snapshot;
    return v1::MetricsFeed::NewStub(channel)->Get(&context, {}, &snapshot);
  }

  grpc::StatusCode code_of(const std::string& address, const std::optional<Certificate>& trusted) {
    return get_over(connect(address, {}, trusted)).error_code();
  }

  /// Who shows a chain that these authorities vouch for sees everything.
  static RunningFeed::Judge judge_of(const Certificate& authority) {
    return [authorities = identity::Authorities::of_pem(authority.pem()).value()](
               const Presented& presented, const RunningFeed::VerdictReceiver& receiver) {
      const bool known = presented.tls && presented.chain &&
                         !authorities.problem_of(*presented.chain, identity::Purpose::client,
                                                 testing::now_unix_s());
      receiver(known ? identity::Verdict(identity::Reader{"client", {}})
                     : refused(identity::Refusal::Kind::unauthenticated));
    };
  }

  std::string refusal() {
    const auto started = Server::start(options(), hooks_.hooks());
    return started ? "none" : started.error().message;
  }

  const Certificate authority_ = Certificate::root("servers");
  const Certificate clients_ = Certificate::root("clients");
  const Certificate stranger_ = Certificate::root("strangers");
  Settings settings_{settings_of(authority_)};
  RunningFeed hooks_;
};

TEST_F(FeedTls, ServesClientsThatTrustItsAuthority) {
  const RunningFeed feed(options());
  EXPECT_EQ(code_of(feed.address(), authority_), grpc::StatusCode::OK);
  EXPECT_EQ(code_of(feed.address(), stranger_), grpc::StatusCode::UNAVAILABLE);
  v1::Snapshot snapshot;
  EXPECT_FALSE(get(feed.address(), snapshot).ok());  // Not without TLS.
}

TEST_F(FeedTls, ServesBeyondLoopback) {
  const RunningFeed feed(options(":0"));
  EXPECT_EQ(code_of("127.0.0.1" + feed.address(), authority_), grpc::StatusCode::OK);
}

TEST_F(FeedTls, ShowsTheJudgeThatThereIsNoCertificate) {
  RunningFeed feed(options());
  ASSERT_TRUE(get_over(connect(feed.address())).ok());
  const Presented presented = feed.seen().judged.at(0);
  EXPECT_TRUE(presented.tls);
  EXPECT_EQ(presented.chain, nullptr);
  EXPECT_EQ(presented.uid, std::nullopt);
  EXPECT_EQ(presented.authorization, "");
  EXPECT_EQ(presented.peer, "127.0.0.1");
}

TEST_F(FeedTls, ShowsTheJudgeTheWholeChainWhoeverIssuedIt) {
  RunningFeed feed(options());
  const Certificate between = clients_.issue({.common_name = "between", .authority = true});
  const Certificate own = between.issue({.common_name = "own"});
  ASSERT_TRUE(get_over(connect(feed.address(), {own.pem() + between.pem(), own.key_pem()})).ok());
  const Presented presented = feed.seen().judged.at(0);
  ASSERT_NE(presented.chain, nullptr);
  EXPECT_THAT(*presented.chain, ElementsAre(own.der(), between.der()));
  const Certificate expired =
      clients_.issue({.not_before_unix_s = testing::now_unix_s() - 2 * testing::kDayS,
                      .not_after_unix_s = testing::now_unix_s() - testing::kDayS});
  ASSERT_TRUE(get_over(connect(feed.address(), client_with(expired))).ok());
  EXPECT_THAT(*feed.seen().judged.at(1).chain, ElementsAre(expired.der()));
}

TEST_F(FeedTls, ShowsTheJudgeTheWholeChainOfASessionThatIsResumed) {
  RunningFeed feed(options());
  const Certificate between = clients_.issue({.common_name = "between", .authority = true});
  const Certificate own = between.issue({.common_name = "own"});
  grpc_ssl_session_cache* const sessions = grpc_ssl_session_cache_create_lru(1);
  const grpc_arg argument = grpc_ssl_session_cache_create_channel_arg(sessions);
  const auto credentials =
      grpc::SslCredentials({authority_.pem(), own.key_pem(), own.pem() + between.pem()});
  for (int i = 0; i < 3; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetPointerWithVtable(argument.key, argument.value.pointer.p,
                                   argument.value.pointer.vtable);
    ASSERT_TRUE(get_over(grpc::CreateCustomChannel(feed.address(), credentials, arguments)).ok());
  }
  for (const Presented& presented : feed.seen().judged) {
    EXPECT_THAT(*presented.chain, ElementsAre(own.der(), between.der()));
  }
  grpc_ssl_session_cache_destroy(sessions);
}

TEST_F(FeedTls, AsksForCertificatesOfTheAuthoritiesThatThereAre) {
  web::TlsSettings settings = settings_of(authority_);
  settings.client_authorities.text = clients_.pem();
  settings_.replace(settings);
  RunningFeed feed(options());
  feed.judge_by(judge_of(clients_));
  EXPECT_TRUE(get_over(connect(feed.address(), client_with(clients_.issue({})))).ok());
  for (const Client& client : {Client{}, client_with(stranger_.issue({}))}) {
    const grpc::Status status = get_over(connect(feed.address(), client));
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(status.error_message(), kUnauthenticated);
  }
}

TEST_F(FeedTls, OfAConnectionIsJudgedAgainAtEachCall) {
  RunningFeed feed(options());
  feed.judge_by(judge_of(clients_));
  const auto channel = connect(feed.address(), client_with(clients_.issue({})));
  ASSERT_TRUE(get_over(channel).ok());
  const int handshakes = settings_.asked();
  feed.judge_by(judge_of(stranger_));
  EXPECT_EQ(get_over(channel).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(settings_.asked(), handshakes);  // It is the same connection.
}

TEST_F(FeedTls, OfASubscriptionIsJudgedAgainAtEachSnapshot) {
  RunningFeed feed(options());
  feed.judge_by(judge_of(clients_));
  const auto stub =
      v1::MetricsFeed::NewStub(connect(feed.address(), client_with(clients_.issue({}))));
  grpc::ClientContext context;
  const auto reader = stub->Subscribe(&context, every(kSmallestInterval));
  v1::Snapshot snapshot;
  ASSERT_TRUE(reader->Read(&snapshot));
  ASSERT_TRUE(reader->Read(&snapshot));
  feed.judge_by(judge_of(stranger_));
  while (reader->Read(&snapshot)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(FeedTls, ServesByOtherSettingsFromTheNextHandshakeOn) {
  const RunningFeed feed(options());
  const auto before = connect(feed.address());
  ASSERT_TRUE(get_over(before).ok());
  settings_.replace(settings_of(stranger_));
  EXPECT_EQ(code_of(feed.address(), stranger_), grpc::StatusCode::OK);
  EXPECT_EQ(code_of(feed.address(), authority_), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(get_over(before).ok());  // No connection is dropped for it.
}

TEST_F(FeedTls, KeepsItsSettingsWhenOthersCannotBeUsed) {
  RunningFeed feed(options());
  web::TlsSettings broken = settings_of(stranger_);
  broken.key.text = authority_.issue({}).key_pem();
  settings_.replace(broken);
  EXPECT_EQ(code_of(feed.address(), authority_), grpc::StatusCode::OK);
  web::TlsSettings restricted = settings_of(stranger_);
  restricted.restricts_handshake = true;
  settings_.replace(restricted);
  EXPECT_EQ(code_of(feed.address(), authority_), grpc::StatusCode::OK);
  EXPECT_EQ(code_of(feed.address(), authority_), grpc::StatusCode::OK);
  EXPECT_THAT(feed.seen().warnings, ElementsAre(HasSubstr("min_version")));  // Once.
}

TEST_F(FeedTls, RefusesSettingsThatItCannotUse) {
  web::TlsSettings settings = settings_of(authority_);
  settings.restricts_handshake = true;
  settings_.replace(settings);
  EXPECT_THAT(refusal(), HasSubstr("min_version, max_version, cipher_suites"));
  settings = settings_of(authority_);
  settings.key.text = clients_.key_pem();
  settings_.replace(settings);
  EXPECT_THAT(refusal(), HasSubstr("is the key of tls_server_config its certificate's?"));
}

TEST_F(FeedTls, IsNotForUnixSockets) {
  const testing::TemporaryDirectory directory;
  RunningFeed feed(options("unix:" + directory.file("s")));
  v1::Snapshot snapshot;
  EXPECT_TRUE(get(feed.address(), snapshot).ok());
  EXPECT_FALSE(feed.seen().judged.at(0).tls);
}

}  // namespace
}  // namespace shmx::feed
