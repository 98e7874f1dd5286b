// TLS: certificates made for the test, over real handshakes.
#include <gmock/gmock.h>

#include <cstdio>

#include "tests/agent/feed/calls.h"
#include "tests/agent/feed/running_feed.h"
#include "tests/agent/push/authority.h"
#include "tests/agent/testing/temporary_directory.h"

namespace shmx::feed {
namespace {

using testing::Authority;
using ::testing::HasSubstr;
using testing::KeyPair;

class FeedTls : public ::testing::Test {
 protected:
  FeedTls() {
    write(authority_.issue("IP:127.0.0.1"));
    directory_.write("authorities.pem", clients_.certificate());
  }

  void write(const KeyPair& pair) const {
    directory_.write("certificate.pem", pair.certificate);
    directory_.write("key.pem", pair.key);
  }

  Options options(const std::string& address = "127.0.0.1:0") const {
    Options made = usual_options(address);
    made.tls = {directory_.file("certificate.pem"), directory_.file("key.pem")};
    return made;
  }

  Options mutual() const {
    Options made = options();
    made.tls.client_authorities = directory_.file("authorities.pem");
    return made;
  }

  static grpc::StatusCode code_of(const std::string& address, const Authority& trusted,
                                  const KeyPair& own = {}) {
    const auto channel = connect_to(
        address, grpc::SslCredentials({trusted.certificate(), own.key, own.certificate}));
    grpc::ClientContext context;
    v1::Snapshot snapshot;
    return v1::MetricsFeed::NewStub(channel)->Get(&context, {}, &snapshot).error_code();
  }

  std::string refusal(const Options& options) {
    const auto started = Server::start(options, hooks_.hooks());
    return started ? "none" : started.error().message;
  }

  const Authority authority_;
  const Authority clients_;
  const Authority stranger_;
  const testing::TemporaryDirectory directory_;
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

TEST_F(FeedTls, WithClientAuthoritiesServesOnlyClientsOfTheirs) {
  const RunningFeed feed(mutual());
  EXPECT_EQ(code_of(feed.address(), authority_, clients_.issue("DNS:client")),
            grpc::StatusCode::OK);
  EXPECT_EQ(code_of(feed.address(), authority_), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(code_of(feed.address(), authority_, stranger_.issue("DNS:client")),
            grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(code_of(feed.address(), authority_, clients_.issue("DNS:client", true)),
            grpc::StatusCode::UNAVAILABLE);  // Expired.
}

TEST_F(FeedTls, ReadsItsFilesAgainWhenTheyChange) {
  Options quick = options();
  quick.limits.tls_refresh = std::chrono::seconds(1);
  const RunningFeed feed(quick);
  ASSERT_EQ(code_of(feed.address(), authority_), grpc::StatusCode::OK);
  write(stranger_.issue("IP:127.0.0.1"));
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (code_of(feed.address(), stranger_) != grpc::StatusCode::OK) {
    ASSERT_LT(std::chrono::steady_clock::now(), until);
  }
  EXPECT_EQ(code_of(feed.address(), authority_), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(FeedTls, SaysWhichFileIsWrong) {
  Options wrong = mutual();
  directory_.write("authorities.pem", "none");
  EXPECT_THAT(refusal(wrong), HasSubstr("authorities.pem\": there are no certificates in PEM"));
  directory_.write("key.pem", authority_.issue("IP:127.0.0.1").key);
  EXPECT_THAT(refusal(options()), HasSubstr("key.pem\": it is not the key of the certificate"));
  directory_.write("key.pem", "none");
  EXPECT_THAT(refusal(options()), HasSubstr("key.pem\": it is no private key in PEM"));
  directory_.write("certificate.pem", "none");
  EXPECT_THAT(refusal(options()), HasSubstr("certificate.pem\": it is no certificate chain"));
  directory_.write("certificate.pem", "");
  EXPECT_THAT(refusal(options()), HasSubstr("certificate.pem\": it is empty"));
  std::remove(directory_.file("certificate.pem").c_str());
  EXPECT_THAT(refusal(options()), HasSubstr("cannot be read: No such file"));
}

TEST_F(FeedTls, NeedsACertificateAndItsKey) {
  Options alone = options();
  alone.tls.key.clear();
  EXPECT_THAT(refusal(alone), HasSubstr("named together"));
  Options without = mutual();
  without.tls.certificate.clear();
  EXPECT_THAT(refusal(without), HasSubstr("TLS needs a certificate"));
}

TEST_F(FeedTls, IsNotForUnixSockets) {
  EXPECT_THAT(refusal(options("unix:" + directory_.file("s"))),
              HasSubstr("its mode says who may connect"));
}

}  // namespace
}  // namespace shmx::feed
