// Whom each client_auth_type lets in, and what the log is told about the rest.
#include <gmock/gmock.h>

#include "tests/agent/testing/certificates.h"
#include "tests/agent/web/client.h"
#include "tests/agent/web/running_server.h"
#include "tests/agent/web/tls_client.h"
#include "tests/agent/web/web_configs.h"

namespace shmx::web {
namespace {

using shmx::testing::Authority;
using shmx::testing::KeyPair;
using ::testing::AllOf;
using ::testing::HasSubstr;

struct Case {
  ClientAuth auth;
  const char* presented;  ///< nothing, trusted, expired, stranger
  const char* refused;    ///< the reason; empty: let in
  std::size_t chain;      ///< certificates that the handler sees
};

/// Authorities are slow to make, and the same for all.
struct World {
  Authority authority;
  Authority stranger;
  KeyPair server = authority.issue("DNS:agent.example");
  KeyPair client = authority.issue(
      "DNS:prom.example,IP:192.0.2.7,email:ops@example.org,URI:spiffe://example.org/prometheus");
  KeyPair expired = authority.issue("DNS:prom.example", true);
  KeyPair unknown = stranger.issue("DNS:prom.example");
};
const World& world() {
  static const World kWorld;
  return kWorld;
}

class ClientCertificate : public ::testing::Test {
 protected:
  ClientCertificate() {
    options.config = config_of(world().server);
    options.config->tls->client_authorities.text = world().authority.certificate();
  }
  TlsSettings& tls() { return *options.config->tls; }

  static TlsWishes presenting(const std::string& what) {
    TlsWishes wishes;
    const KeyPair none;
    const KeyPair& pair = what == "trusted"    ? world().client
                          : what == "expired"  ? world().expired
                          : what == "stranger" ? world().unknown
                                               : none;
    wishes.certificate = pair.certificate;
    wishes.key = pair.key;
    return wishes;
  }

  Options options;
};

class ClientModes : public ClientCertificate, public ::testing::WithParamInterface<Case> {};

TEST_P(ClientModes, LetInOrRefuse) {
  tls().client_auth = GetParam().auth;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    RunningServer server(options);
    auto wishes = presenting(GetParam().presented);
    wishes.min_version = wishes.max_version = version;
    TlsClient client(server.address(), wishes);
    client.send(get_request("/held"));
    if (*GetParam().refused != '\0') {
      EXPECT_EQ(client.receive().status(), 0);
      EXPECT_EQ(server.refusals.take().reason, GetParam().refused);
      EXPECT_TRUE(server.held.empty());
      continue;
    }
    auto call = server.held.take();
    const auto& chain = call.request.peer.chain;
    EXPECT_EQ(chain ? chain->size() : 0, GetParam().chain);
    call.respond(text_response(200, "come in"));
    EXPECT_EQ(client.receive().body, "come in\n");
    EXPECT_TRUE(server.refusals.empty());
  }
}

constexpr auto kNone = ClientAuth::no_client_cert;
constexpr auto kRequest = ClientAuth::request_client_cert;
constexpr auto kRequireAny = ClientAuth::require_any_client_cert;
constexpr auto kVerifyIfGiven = ClientAuth::verify_client_cert_if_given;
constexpr auto kRequireAndVerify = ClientAuth::require_and_verify_client_cert;

INSTANTIATE_TEST_SUITE_P(
    Table, ClientModes,
    ::testing::Values(Case{kNone, "nothing", "", 0}, Case{kNone, "trusted", "", 0},
                      Case{kRequest, "nothing", "", 0}, Case{kRequest, "trusted", "", 1},
                      Case{kRequest, "stranger", "", 1}, Case{kRequest, "expired", "", 1},
                      Case{kRequireAny, "nothing", "certificate_missing", 0},
                      Case{kRequireAny, "trusted", "", 1}, Case{kRequireAny, "stranger", "", 1},
                      Case{kRequireAny, "expired", "", 1}, Case{kVerifyIfGiven, "nothing", "", 0},
                      Case{kVerifyIfGiven, "trusted", "", 1},
                      Case{kVerifyIfGiven, "stranger", "certificate_authority", 0},
                      Case{kVerifyIfGiven, "expired", "certificate_expired", 0},
                      Case{kRequireAndVerify, "nothing", "certificate_missing", 0},
                      Case{kRequireAndVerify, "trusted", "", 1},
                      Case{kRequireAndVerify, "stranger", "certificate_authority", 0},
                      Case{kRequireAndVerify, "expired", "certificate_expired", 0}));

TEST_F(ClientCertificate, TheLogIsToldWhatWasExpectedAndPresented) {
  tls().client_auth = kRequireAndVerify;
  RunningServer server(options);
  EXPECT_EQ(TlsClient(server.address(), presenting("stranger")).get("/metrics").status(), 0);
  EXPECT_THAT(server.refusals.take().detail,
              AllOf(HasSubstr("the certificate of CN=service, issued by CN=authority"),
                    HasSubstr("none of the authorities of client_ca")));
  EXPECT_EQ(TlsClient(server.address(), presenting("expired")).get("/metrics").status(), 0);
  EXPECT_THAT(server.refusals.take().detail, HasSubstr("expired 0 days and 1 hours ago"));
}

TEST_F(ClientCertificate, IsSeenByTheHandlerAsItWasPresented) {
  tls().client_auth = kRequireAndVerify;
  RunningServer server(options);
  auto wishes = presenting("trusted");
  wishes.certificate += world().authority.certificate();
  TlsClient client(server.address(), wishes);
  client.send(get_request("/held"));
  const auto call = server.held.take();
  ASSERT_NE(call.request.peer.chain, nullptr);
  const auto& chain = *call.request.peer.chain;
  ASSERT_EQ(chain.size(), 2U);
  EXPECT_THAT(chain[0], HasSubstr("spiffe://example.org/prometheus"));
  EXPECT_THAT(chain[1], ::testing::Not(HasSubstr("spiffe")));
}

struct SanCase {
  const char* allowed;
  bool admitted;
};

class AllowedSans : public ClientCertificate, public ::testing::WithParamInterface<SanCase> {};

TEST_P(AllowedSans, AreComparedExactlyWhateverTheMode) {
  tls().client_allowed_sans = {"other.example", GetParam().allowed};
  for (const auto mode : {kRequest, kRequireAny, kVerifyIfGiven, kRequireAndVerify}) {
    tls().client_auth = mode;
    RunningServer server(options);
    TlsClient client(server.address(), presenting("trusted"));
    EXPECT_EQ(client.get("/metrics").status(), GetParam().admitted ? 200 : 0);
    if (!GetParam().admitted) {
      const auto refused = server.refusals.take();
      EXPECT_EQ(refused.reason, "certificate_san");
      EXPECT_THAT(refused.detail,
                  AllOf(HasSubstr("(other.example, " + std::string(GetParam().allowed) + ")"),
                        HasSubstr("presented prom.example, spiffe://example.org/prometheus, "
                                  "192.0.2.7, ops@example.org")));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Table, AllowedSans,
                         ::testing::Values(SanCase{"prom.example", true},
                                           SanCase{"192.0.2.7", true},
                                           SanCase{"ops@example.org", true},
                                           SanCase{"spiffe://example.org/prometheus", true},
                                           SanCase{"PROM.example", false},
                                           SanCase{"*.example", false},
                                           SanCase{"spiffe://example.org/prometheus/", false},
                                           SanCase{"service", false}));  // the CN is no SAN

TEST_F(ClientCertificate, WithSansEverybodyMustPresentOne) {
  tls().client_allowed_sans = {"prom.example"};
  tls().client_auth = kVerifyIfGiven;
  RunningServer server(options);
  EXPECT_EQ(TlsClient(server.address(), presenting("nothing")).get("/metrics").status(), 0);
  EXPECT_EQ(server.refusals.take().reason, "certificate_missing");
}

TEST_F(ClientCertificate, AllowedSansDoNotReplaceTheAuthority) {
  tls().client_allowed_sans = {"prom.example"};
  tls().client_auth = kRequireAndVerify;
  RunningServer server(options);
  EXPECT_EQ(TlsClient(server.address(), presenting("stranger")).get("/metrics").status(), 0);
  EXPECT_EQ(server.refusals.take().reason, "certificate_authority");
}

TlsWishes presenting_chain(const std::string& certificates, const shmx::testing::Certificate& own) {
  TlsWishes wishes;
  wishes.certificate = certificates;
  wishes.key = own.key_pem();
  return wishes;
}

TEST_F(ClientCertificate, OfTheWrongTimeOrPurposeIsRefused) {
  const auto root = shmx::testing::Certificate::root();
  tls().client_authorities.text = root.pem();
  tls().client_auth = kRequireAndVerify;
  RunningServer server(options);
  shmx::testing::CertificateOptions wanted;
  wanted.extended_key_usage = "clientAuth";
  const auto right = root.issue(wanted);
  EXPECT_EQ(TlsClient(server.address(), presenting_chain(right.pem(), right)).get("/").status(),
            200);

  wanted.extended_key_usage = "serverAuth";
  const auto of_server = root.issue(wanted);
  EXPECT_EQ(
      TlsClient(server.address(), presenting_chain(of_server.pem(), of_server)).get("/").status(),
      0);
  EXPECT_EQ(server.refusals.take().reason, "certificate_purpose");

  wanted.extended_key_usage = "";
  wanted.not_before_unix_s = shmx::testing::now_unix_s() + 5 * shmx::testing::kHourS / 2;
  const auto early = root.issue(wanted);
  EXPECT_EQ(TlsClient(server.address(), presenting_chain(early.pem(), early)).get("/").status(), 0);
  const auto refused = server.refusals.take();
  EXPECT_EQ(refused.reason, "certificate_not_yet_valid");
  EXPECT_THAT(refused.detail, HasSubstr("will be valid in 0 days and 2 hours"));
}

TEST_F(ClientCertificate, LeadsToAnAuthorityThroughWhatTheClientPresents) {
  const auto root = shmx::testing::Certificate::root();
  shmx::testing::CertificateOptions wanted;
  wanted.authority = true;
  const auto intermediate = root.issue(wanted);
  wanted.authority = false;
  wanted.alternatives = {"IP:2001:db8::7"};
  const auto leaf = intermediate.issue(wanted);
  tls().client_authorities.text = root.pem();
  tls().client_auth = kRequireAndVerify;
  tls().client_allowed_sans = {"2001:db8::7"};
  const auto status = [&](const std::string& certificates) {
    RunningServer server(options);
    return TlsClient(server.address(), presenting_chain(certificates, leaf)).get("/").status();
  };
  EXPECT_EQ(status(leaf.pem() + intermediate.pem()), 200);
  EXPECT_EQ(status(leaf.pem()), 0);
  // As in Go, whatever client_ca has vouches for others, also an intermediate.
  tls().client_authorities.text = intermediate.pem();
  EXPECT_EQ(status(leaf.pem()), 200);
}

/// Intermediates and all: what is longer than any that is used is refused while it comes.
TEST_F(ClientCertificate, AHugeChainIsRefused) {
  tls().client_auth = kRequireAny;
  RunningServer server(options);
  auto wishes = presenting("trusted");
  for (int i = 0; i < 200; ++i) wishes.certificate += world().authority.certificate();
  EXPECT_EQ(TlsClient(server.address(), wishes).get("/metrics").status(), 0);
  const auto refused = server.refusals.take();
  EXPECT_EQ(refused.reason, "tls_handshake");
  EXPECT_THAT(refused.detail, HasSubstr("excessive message size"));
}

}  // namespace
}  // namespace shmx::web
