// A web configuration that can be served by, and what is said about one that cannot.
#include "agent/web/front.h"

#include <gmock/gmock.h>

#include "tests/agent/web/web_configs.h"

namespace shmx::web {
namespace {

using shmx::testing::Authority;
using ::testing::AllOf;
using ::testing::HasSubstr;

/// A key of 2048 bits that is encrypted with "secret".
constexpr const char* kEncryptedKey =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgA\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";

class FrontTest : public ::testing::Test {
 protected:
  FrontTest() : config(config_of(authority.issue("DNS:agent.example"))) {
    tls().certificate.file = "/etc/web/server.crt";
    tls().key.file = "/etc/web/server.key";
    tls().client_authorities.file = "/etc/web/clients.pem";
  }
  TlsSettings& tls() { return *config.tls; }

  std::string problem() const {
    const auto front = make_front(config);
    return front ? std::string() : front.error().message;
  }

  const Authority authority;
  Config config;
};

TEST_F(FrontTest, IsMadeOfWhatIsRight) {
  tls().client_authorities.text = authority.certificate();
  tls().client_auth = ClientAuth::require_and_verify_client_cert;
  tls().cipher_suites = {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"};
  tls().curve_preferences = {"CurveP256", "CurveP384", "CurveP521", "X25519"};
  EXPECT_EQ(problem(), "");
}

TEST_F(FrontTest, TakesEverySuiteThatGoHas) {
  for (const auto* const suite :
       {"TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_AES_256_CBC_SHA",
        "TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256",
        "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}) {
    tls().cipher_suites = {suite};
    EXPECT_EQ(problem(), "") << suite;
  }
}

TEST_F(FrontTest, AKeyOfAnotherCertificateIsToldWithBothFiles) {
  tls().key.text = authority.issue("DNS:agent.example").key;
  EXPECT_THAT(problem(), AllOf(HasSubstr("key_file \"/etc/web/server.key\": it is not the key of "),
                               HasSubstr("cert_file \"/etc/web/server.crt\"")));
}

TEST_F(FrontTest, AFileWithoutACertificateIsToldWhatWasExpected) {
  tls().certificate.text = "hello\n";
  EXPECT_THAT(problem(), AllOf(HasSubstr("tls_server_config: cert_file \"/etc/web/server.crt\": "),
                               HasSubstr("-----BEGIN CERTIFICATE-----")));
}

TEST_F(FrontTest, ACertificateThatIsCutOffIsDamaged) {
  const auto whole = tls().certificate.text;
  tls().certificate.text = whole + whole.substr(0, whole.size() / 2);
  EXPECT_THAT(problem(), HasSubstr("certificate 2 of the PEM text is damaged"));
  tls().certificate.text = whole;
  tls().certificate.text[whole.size() / 2] = '!';
  EXPECT_THAT(problem(), HasSubstr("certificate 1 of the PEM text is damaged"));
}

TEST_F(FrontTest, AKeyThatIsNoneOrEncryptedIsToldWhatWasExpected) {
  for (const auto* const text : {"", "hello\n", kEncryptedKey}) {
    tls().key.text = text;
    EXPECT_THAT(problem(), AllOf(HasSubstr("key_file \"/etc/web/server.key\": expected a private "),
                                 HasSubstr("not encrypted")));
  }
}

TEST_F(FrontTest, WhatIsInlineIsNamedByItsKey) {
  tls().key = {"hello\n", ""};
  EXPECT_THAT(problem(), HasSubstr("key (inline): "));
}

TEST_F(FrontTest, AuthoritiesThatAreNoneAreTold) {
  tls().client_auth = ClientAuth::require_and_verify_client_cert;
  tls().client_authorities.text = "hello\n";
  EXPECT_THAT(problem(), HasSubstr("client_ca_file \"/etc/web/clients.pem\": expected "));
}

TEST_F(FrontTest, AnUnknownSuiteIsToldAndThoseThatThereAre) {
  tls().cipher_suites = {"TLS_RSA_WITH_RC4_128_SHA"};
  EXPECT_THAT(problem(),
              AllOf(HasSubstr("cipher_suites: unknown"), HasSubstr("\"TLS_RSA_WITH_RC4_128_SHA\""),
                    HasSubstr("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")));
}

TEST_F(FrontTest, AnUnknownCurveIsToldAndThoseThatThereAre) {
  tls().curve_preferences = {"P256"};
  EXPECT_THAT(problem(),
              AllOf(HasSubstr("unknown curve \"P256\""), HasSubstr("CurveP256, CurveP384")));
}

TEST_F(FrontTest, VersionsThatLeaveNoneAreTold) {
  tls().min_version = TlsVersion::tls13;
  tls().max_version = TlsVersion::tls12;
  EXPECT_THAT(problem(), HasSubstr("min_version: it is above max_version"));
  tls().min_version = TlsVersion::tls12;
  tls().cipher_suites = {"TLS_AES_128_GCM_SHA256"};
  EXPECT_THAT(problem(), HasSubstr("cipher_suites: no suite is for max_version"));
}

TEST_F(FrontTest, SansWithoutCertificatesAreTold) {
  tls().client_allowed_sans = {"prom.example"};
  EXPECT_THAT(problem(), HasSubstr("client_allowed_sans: "));
}

}  // namespace
}  // namespace shmx::web
