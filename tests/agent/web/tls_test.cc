// TLS as it is configured: versions, suites, curves, ALPN, and what there is none of.
#include <gmock/gmock.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tests/agent/testing/certificates.h"
#include "tests/agent/web/client.h"
#include "tests/agent/web/running_server.h"
#include "tests/agent/web/tls_client.h"
#include "tests/agent/web/web_configs.h"

namespace shmx::web {
namespace {

using shmx::testing::Authority;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Tls : public ::testing::Test {
 protected:
  Tls() : pair(authority.issue("DNS:agent.example")) { options.config = config_of(pair); }

  TlsSettings& tls() { return *options.config->tls; }
  TlsWishes wishes() const {
    TlsWishes wanted;
    wanted.authority = authority.certificate();
    return wanted;
  }
  TlsWishes version(int only) const {
    auto wanted = wishes();
    wanted.min_version = only;
    wanted.max_version = only;
    return wanted;
  }

  const Authority authority;
  const shmx::testing::KeyPair pair;
  Options options;
};

class TlsVersions : public Tls, public ::testing::WithParamInterface<int> {};

TEST_P(TlsVersions, AreServedRequestByRequest) {
  RunningServer server(options);
  TlsClient client(server.address(), version(GetParam()));
  ASSERT_TRUE(client.is_open());
  EXPECT_EQ(SSL_version(client.connection()), GetParam());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.get("/metrics").body, RunningServer::kMetrics);
  EXPECT_EQ(client.get("/large").body, *server.large_body);
}

TEST_P(TlsVersions, EndWithACloseNotify) {
  RunningServer server(options);
  TlsClient client(server.address(), version(GetParam()));
  EXPECT_EQ(client.get("/metrics", "Connection: close\r\n").status(), 200);
  EXPECT_TRUE(client.is_closed_properly());
}

/// A resumed session would have the client's identity of before a reload.
TEST_P(TlsVersions, HaveNoSessionThatCouldBeResumed) {
  RunningServer server(options);
  TlsClient client(server.address(), version(GetParam()));
  EXPECT_EQ(client.get("/metrics").status(), 200);  // tickets of TLS 1.3 would have come by now
  SSL_SESSION* const session = SSL_get1_session(client.connection());
  ASSERT_NE(session, nullptr);
  EXPECT_EQ(SSL_SESSION_has_ticket(session), 0);
  EXPECT_EQ(SSL_SESSION_is_resumable(session), 0);
  SSL_SESSION_free(session);
}

INSTANTIATE_TEST_SUITE_P(Table, TlsVersions, ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION));

TEST_F(Tls, TellsTheHandlerThatItIsThere) {
  RunningServer server(options);
  TlsClient client(server.address(), wishes());
  client.send(get_request("/held"));
  const auto call = server.held.take();
  EXPECT_TRUE(call.request.peer.tls);
  EXPECT_EQ(call.request.peer.address, "127.0.0.1");
  EXPECT_EQ(call.request.peer.chain, nullptr);
  EXPECT_FALSE(call.request.peer.uid.has_value());
}

TEST_F(Tls, BelowTheLeastVersionIsRefusedAndTold) {
  RunningServer server(options);
  EXPECT_FALSE(TlsClient(server.address(), version(TLS1_1_VERSION)).is_open());
  const auto refused = server.refusals.take();
  EXPECT_EQ(refused.reason, "tls_handshake");
  EXPECT_EQ(refused.peer, "127.0.0.1");
  EXPECT_THAT(refused.detail, HasSubstr("unsupported protocol"));
}

TEST_F(Tls, CanBeOfOneVersionOnly) {
  tls().min_version = TlsVersion::tls13;
  RunningServer thirteen(options);
  EXPECT_FALSE(TlsClient(thirteen.address(), version(TLS1_2_VERSION)).is_open());
  EXPECT_EQ(TlsClient(thirteen.address(), wishes()).get("/metrics").status(), 200);

  tls().min_version = TlsVersion::tls12;
  tls().max_version = TlsVersion::tls12;
  RunningServer twelve(options);
  EXPECT_FALSE(TlsClient(twelve.address(), version(TLS1_3_VERSION)).is_open());
  EXPECT_EQ(TlsClient(twelve.address(), wishes()).get("/metrics").status(), 200);
}

TEST_F(Tls, IsAsOldAsItIsConfigured) {
  tls().min_version = TlsVersion::tls10;
  RunningServer server(options);
  for (const int old : {TLS1_VERSION, TLS1_1_VERSION}) {
    TlsClient client(server.address(), version(old));
    EXPECT_EQ(client.get("/metrics").status(), 200);
    EXPECT_EQ(SSL_version(client.connection()), old);
  }
}

TEST_F(Tls, TakesOnlyTheSuitesThatAreConfigured) {
  tls().cipher_suites = {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"};
  RunningServer server(options);
  auto other = version(TLS1_2_VERSION);
  other.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256";
  EXPECT_FALSE(TlsClient(server.address(), other).is_open());
  TlsClient client(server.address(), version(TLS1_2_VERSION));
  ASSERT_TRUE(client.is_open());
  EXPECT_STREQ(SSL_get_cipher_name(client.connection()), "ECDHE-ECDSA-AES256-GCM-SHA384");
}

TEST_F(Tls, WithSuitesOfTls13AloneHasNoOlderVersion) {
  tls().cipher_suites = {"TLS_AES_128_GCM_SHA256"};
  RunningServer server(options);
  EXPECT_FALSE(TlsClient(server.address(), version(TLS1_2_VERSION)).is_open());
  EXPECT_EQ(TlsClient(server.address(), wishes()).get("/metrics").status(), 200);
}

TEST_F(Tls, PrefersItsOwnOrderOfSuitesOrTheClients) {
  tls().cipher_suites = {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
                         "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"};
  auto wanted = version(TLS1_2_VERSION);
  wanted.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384";
  const auto chosen = [&] {
    RunningServer server(options);
    const TlsClient client(server.address(), wanted);
    return std::string(SSL_get_cipher_name(client.connection()));
  };
  EXPECT_EQ(chosen(), "ECDHE-ECDSA-AES256-GCM-SHA384");
  tls().prefer_server_cipher_suites = false;
  EXPECT_EQ(chosen(), "ECDHE-ECDSA-AES128-GCM-SHA256");
}

TEST_F(Tls, TakesOnlyTheCurvesThatAreConfigured) {
  tls().curve_preferences = {"CurveP384"};
  RunningServer server(options);
  auto other = wishes();
  other.groups = "X25519";
  EXPECT_FALSE(TlsClient(server.address(), other).is_open());
  auto same = wishes();
  same.groups = "X25519:P-384";
  TlsClient client(server.address(), same);
  ASSERT_TRUE(client.is_open());
  EXPECT_EQ(SSL_get_negotiated_group(client.connection()), NID_secp384r1);
}

std::string chosen_protocol(const TlsClient& client) {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(client.connection(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

TEST_F(Tls, ChoosesHttp11AndNeverHttp2) {
  RunningServer server(options);
  auto wanted = wishes();
  wanted.protocols = "\x02h2\x08http/1.1";
  TlsClient both(server.address(), wanted);
  EXPECT_EQ(chosen_protocol(both), "http/1.1");
  EXPECT_EQ(both.get("/metrics").status(), 200);
  wanted.protocols = "\x02h2";
  EXPECT_FALSE(TlsClient(server.address(), wanted).is_open());
  TlsClient neither(server.address(), wishes());
  EXPECT_EQ(chosen_protocol(neither), "");
  EXPECT_EQ(neither.get("/metrics").status(), 200);
}

TEST_F(Tls, IsNotRenegotiated) {
  RunningServer server(options);
  TlsClient client(server.address(), version(TLS1_2_VERSION));
  EXPECT_EQ(client.get("/metrics").status(), 200);
  SSL_renegotiate(client.connection());
  EXPECT_NE(SSL_do_handshake(client.connection()), 1);
  EXPECT_EQ(ERR_GET_REASON(ERR_get_error()), SSL_R_NO_RENEGOTIATION);
  EXPECT_EQ(TlsClient(server.address(), wishes()).get("/metrics").status(), 200);
}

TEST_F(Tls, PresentsItsWholeChain) {
  const auto root = shmx::testing::Certificate::root();
  shmx::testing::CertificateOptions wanted;
  wanted.authority = true;
  const auto intermediate = root.issue(wanted);
  wanted.authority = false;
  const auto own = intermediate.issue(wanted);
  tls().certificate.text = own.pem() + intermediate.pem();
  tls().key.text = own.key_pem();
  RunningServer server(options);
  auto trusting = wishes();
  trusting.authority = root.pem();
  EXPECT_EQ(TlsClient(server.address(), trusting).get("/metrics").status(), 200);
}

TEST_F(Tls, AClientOfPlainHttpIsToldSo) {
  RunningServer server(options);
  Client client(server.address());
  client.send(get_request("/metrics"));
  const auto all = client.receive_all();
  EXPECT_THAT(all, StartsWith("HTTP/1.0 400 Bad Request\r\n"));
  EXPECT_THAT(all, HasSubstr("Client sent an HTTP request to an HTTPS server."));
}

TEST_F(Tls, AClientThatDoesNotTrustTheServerIsTold) {
  RunningServer server(options);
  auto elsewhere = wishes();
  elsewhere.authority = Authority().certificate();
  EXPECT_FALSE(TlsClient(server.address(), elsewhere).is_open());
  const auto refused = server.refusals.take();
  EXPECT_EQ(refused.reason, "tls_handshake");
  EXPECT_THAT(refused.detail, HasSubstr("unknown ca"));
}

TEST_F(Tls, AClientThatDoesNotFinishTheHandshakeIsCut) {
  options.limits.read_timeout = std::chrono::milliseconds(50);
  RunningServer server(options);
  Client silent(server.address());
  EXPECT_TRUE(silent.is_closed());
  Client half(server.address());
  half.send(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
  EXPECT_TRUE(half.is_closed());
}

TEST_F(Tls, EndsAtOnceWhenTheServerStops) {
  RunningServer server(options);
  TlsClient idle(server.address(), wishes());
  EXPECT_EQ(idle.get("/metrics").status(), 200);
  Client half(server.address());  // has begun no handshake
  server.stop(std::chrono::hours(1));
  server.wait_until_stopped();
  EXPECT_TRUE(half.is_closed());
}

}  // namespace
}  // namespace shmx::web
