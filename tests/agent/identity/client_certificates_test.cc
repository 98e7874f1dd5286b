#include "agent/identity/client_certificates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

#include "tests/agent/testing/certificates.h"

namespace shmx::identity {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using testing::Certificate;
using testing::CertificateOptions;
using ::testing::HasSubstr;
using testing::kDayS;
using web::ClientAuth;

const std::int64_t kNow = testing::now_unix_s();

/// What comes of a judgement: "" for nobody, the CN of a holder, or a refusal's reason.
std::string outcome(const ClientCertificates& certificates, const Presented& presented,
                    std::int64_t now_unix_s = kNow) {
  const auto judged = certificates.judge(presented, now_unix_s);
  if (!judged) {
    EXPECT_EQ(judged.error().kind, Refusal::Kind::unauthenticated);
    EXPECT_NE(judged.error().detail, "");
    return judged.error().reason;
  }
  return judged.value() ? judged.value()->common_name : "";
}

Presented over_tls(x509::Chain chain) {
  Presented presented;
  presented.tls = true;
  if (!chain.empty()) presented.chain = std::make_shared<const x509::Chain>(std::move(chain));
  return presented;
}

struct Authority {
  Certificate certificate = Certificate::root();

  x509::Chain issue(const std::vector<std::string>& alternatives = {},
                    std::int64_t not_after_unix_s = kNow + kDayS) const {
    CertificateOptions options;
    options.common_name = "holder";
    options.alternatives = alternatives;
    options.not_after_unix_s = not_after_unix_s;
    return {certificate.issue(options).der()};
  }
};

/// One authority for all tests: keys take time.
const Authority& ours() {
  static const Authority authority;
  return authority;
}
const Authority& theirs() {
  static const Authority authority;
  return authority;
}

ClientCertificates made(ClientAuth mode, std::vector<std::string> allowed_sans = {},
                        const Authority& authority = ours()) {
  web::TlsSettings tls;
  tls.client_auth = mode;
  tls.client_authorities.text = authority.certificate.pem();
  tls.client_allowed_sans = std::move(allowed_sans);
  return ClientCertificates::make(tls).value();
}

/// What each mode makes of: no chain, one of ours, one of another authority, an expired one of
/// ours.
using ModeCase = std::tuple<ClientAuth, std::string, std::string, std::string, std::string>;
class ClientAuthMode : public ::testing::TestWithParam<ModeCase> {};

TEST_P(ClientAuthMode, DecidesWhatAConnectionMustShow) {
  const auto& [mode, none, of_ours, of_theirs, expired] = GetParam();
  const auto certificates = made(mode);
  EXPECT_EQ(outcome(certificates, over_tls({})), none);
  EXPECT_EQ(outcome(certificates, over_tls(ours().issue())), of_ours);
  EXPECT_EQ(outcome(certificates, over_tls(theirs().issue())), of_theirs);
  EXPECT_EQ(outcome(certificates, over_tls(ours().issue({}, kNow - 1))), expired);
}

INSTANTIATE_TEST_SUITE_P(
    All, ClientAuthMode,
    ::testing::Values(ModeCase{ClientAuth::no_client_cert, "", "", "", ""},
                      ModeCase{ClientAuth::request_client_cert, "", "", "", ""},
                      ModeCase{ClientAuth::require_any_client_cert, "certificate_missing", "", "",
                               ""},
                      ModeCase{ClientAuth::verify_client_cert_if_given, "", "holder",
                               "certificate_authority", "certificate_expired"},
                      ModeCase{ClientAuth::require_and_verify_client_cert, "certificate_missing",
                               "holder", "certificate_authority", "certificate_expired"}));

class AllowedSans : public ::testing::TestWithParam<ClientAuth> {};

TEST_P(AllowedSans, AreOfEveryKindAndExact) {
  const auto certificates =
      made(GetParam(), {"a.example", "spiffe://example.org/a", "127.0.0.1", "ops@example.org"});
  for (const char* san :
       {"DNS:a.example", "URI:spiffe://example.org/a", "IP:127.0.0.1", "email:ops@example.org"}) {
    EXPECT_THAT(outcome(certificates, over_tls(ours().issue({"DNS:other", san}))),
                AnyOf("", "holder"))
        << san;
  }
  for (const char* san : {"DNS:A.example", "URI:spiffe://example.org/a/b", "IP:127.0.0.2"}) {
    EXPECT_EQ(outcome(certificates, over_tls(ours().issue({san}))), "certificate_san") << san;
  }
  EXPECT_EQ(outcome(certificates, over_tls(ours().issue())), "certificate_san");
}

TEST_P(AllowedSans, AreToldWithWhatWasPresented) {
  const auto judged = made(GetParam(), {"a.example"})
                          .judge(over_tls(ours().issue({"DNS:b.example", "IP:::1"})), kNow);
  ASSERT_FALSE(judged);
  EXPECT_THAT(judged.error().detail, AllOf(HasSubstr("client_allowed_sans \"a.example\""),
                                           HasSubstr("presented \"b.example\", \"::1\"")));
}

INSTANTIATE_TEST_SUITE_P(Modes, AllowedSans,
                         ::testing::Values(ClientAuth::request_client_cert,
                                           ClientAuth::require_any_client_cert,
                                           ClientAuth::verify_client_cert_if_given,
                                           ClientAuth::require_and_verify_client_cert));

TEST(ClientCertificatesTest, AnUnverifiedOneThatIsNoneIsRefused) {
  EXPECT_EQ(outcome(made(ClientAuth::require_any_client_cert, {"a"}), over_tls({"garbage"})),
            "certificate_invalid");
}

TEST(ClientCertificatesTest, AreJudgedByTheAuthoritiesOfNow) {
  const Presented kept_alive = over_tls(ours().issue());
  const auto mode = ClientAuth::require_and_verify_client_cert;
  EXPECT_EQ(outcome(made(mode), kept_alive), "holder");
  EXPECT_EQ(outcome(made(mode, {}, theirs()), kept_alive), "certificate_authority");
  web::TlsSettings tls;
  tls.client_auth = mode;
  tls.client_authorities.text = theirs().certificate.pem() + ours().certificate.pem();
  EXPECT_EQ(outcome(ClientCertificates::make(tls).value(), kept_alive), "holder");
}

TEST(ClientCertificatesTest, AreJudgedByTheClockOfNow) {
  const auto certificates = made(ClientAuth::verify_client_cert_if_given);
  const Presented kept_alive = over_tls(ours().issue({}, kNow + 60));
  EXPECT_EQ(outcome(certificates, kept_alive, kNow), "holder");
  EXPECT_EQ(outcome(certificates, kept_alive, kNow + 60), "certificate_expired");
}

TEST(ClientCertificatesTest, TlsIsDemandedOfWhoCameBeforeIt) {
  const auto certificates = made(ClientAuth::no_client_cert);
  EXPECT_EQ(outcome(certificates, {}), "tls_required");
  Presented local;
  local.uid = 1000;
  EXPECT_EQ(outcome(certificates, local), "");
  EXPECT_EQ(outcome(made(ClientAuth::require_and_verify_client_cert), local), "");
}

TEST(ClientCertificatesTest, NameNobodyWithoutTlsSettings) {
  const auto certificates = ClientCertificates::make(std::nullopt).value();
  EXPECT_EQ(outcome(certificates, {}), "");
  EXPECT_EQ(outcome(certificates, over_tls(ours().issue())), "");
}

TEST(ClientCertificatesTest, AuthoritiesThatAreNoneAreAnError) {
  web::TlsSettings tls;
  tls.client_auth = ClientAuth::verify_client_cert_if_given;
  tls.client_authorities = {"garbage", "/etc/ca.pem"};
  EXPECT_THAT(ClientCertificates::make(tls).error().message,
              HasSubstr("client_ca_file /etc/ca.pem"));
  tls.client_auth = ClientAuth::request_client_cert;
  EXPECT_TRUE(ClientCertificates::make(tls));
}

}  // namespace
}  // namespace shmx::identity
