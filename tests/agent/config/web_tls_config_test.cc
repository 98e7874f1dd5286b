// tls_server_config of web-config.yml, with real certificates.
#include <gmock/gmock.h>

#include <map>

#include "agent/config/web_config.h"
#include "tests/agent/testing/certificates.h"
#include "tests/agent/testing/temporary_directory.h"

namespace shmx::config {
namespace {

using ::testing::AllOf;
using testing::Certificate;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using web::ClientAuth;
using web::TlsVersion;

/// Made once: what is tested reads them, and changes nothing.
const std::map<std::string, std::string>& files() {
  static const auto* const all = [] {
    const Certificate root = Certificate::root();
    const Certificate own = root.issue({.common_name = "own"});
    const Certificate other = root.issue({.common_name = "other"});
    return new std::map<std::string, std::string>{
        {"/etc/cert.pem", own.pem() + root.pem()},
        {"/etc/key.pem", own.key_pem()},
        {"/etc/other.pem", other.key_pem()},
        {"/etc/ca.pem", root.pem()},
        {"/abs/ca.pem", root.pem()},
        {"/etc/empty.pem", ""},
        {"/etc/damaged.pem", own.pem() + root.pem().substr(0, 200)},
        {"/etc/text.pem", "hunter2"}};
  }();
  return *all;
}

Result<std::string> read(const std::string& path) {
  const auto file = files().find(path);
  return file == files().end() ? Result<std::string>(Error{"read " + path + ": No such file"})
                               : Result<std::string>(file->second);
}

/// The lines below tls_server_config.
Result<web::Config> parse(const std::string& lines) {
  return parse_web_config("tls_server_config:\n" + lines, "web.yml", "/etc", read);
}

constexpr const char* kOwn = "  cert_file: cert.pem\n  key_file: key.pem\n";

web::TlsSettings tls_of(const std::string& lines) {
  const auto config = parse(kOwn + lines);
  if (!config || !config.value().tls) {
    ADD_FAILURE() << (config ? "there is no TLS" : config.error().message);
    return {};
  }
  return *config.value().tls;
}

std::string indented(const std::string& pem) {
  std::string lines = "|\n    ";
  for (const char c : pem) {
    lines += c == '\n' ? std::string("\n    ") : std::string(1, c);
  }
  return lines + "\n";
}

TEST(WebTlsConfig, ReadsTheFilesThatItNamesRelativeToItsOwn) {
  const auto config =
      parse(std::string(kOwn) +
            "  client_ca_file: /abs/ca.pem\n  client_auth_type: RequireAndVerifyClientCert\n");
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_THAT(config.value().files,
              ElementsAre("web.yml", "/etc/cert.pem", "/etc/key.pem", "/abs/ca.pem"));
  const web::TlsSettings& tls = *config.value().tls;
  EXPECT_EQ(tls.certificate.file, "/etc/cert.pem");
  EXPECT_EQ(tls.certificate.text, files().at("/etc/cert.pem"));
  EXPECT_EQ(tls.key.file, "/etc/key.pem");
  EXPECT_EQ(tls.key.text, files().at("/etc/key.pem"));
  EXPECT_EQ(tls.client_authorities.file, "/abs/ca.pem");
  EXPECT_EQ(tls.client_authorities.text, files().at("/abs/ca.pem"));
}

TEST(WebTlsConfig, TakesPemInline) {
  const auto config = parse("  cert: " + indented(files().at("/etc/cert.pem")) +
                            "  key: " + indented(files().at("/etc/key.pem")) +
                            "  client_ca: " + indented(files().at("/etc/ca.pem")) +
                            "  client_auth_type: VerifyClientCertIfGiven\n"
                            "  cert_file: ''\n");
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_THAT(config.value().files, ElementsAre("web.yml"));
  EXPECT_EQ(config.value().tls->certificate.text, files().at("/etc/cert.pem"));
  EXPECT_EQ(config.value().tls->certificate.file, "");
  EXPECT_EQ(config.value().tls->client_auth, ClientAuth::verify_client_cert_if_given);
}

TEST(WebTlsConfig, HasTheDefaultsOfTheExporters) {
  const web::TlsSettings tls = tls_of("");
  EXPECT_EQ(tls.client_auth, ClientAuth::no_client_cert);
  EXPECT_EQ(tls.min_version, TlsVersion::tls12);
  EXPECT_EQ(tls.max_version, TlsVersion::tls13);
  EXPECT_TRUE(tls.prefer_server_cipher_suites);
  EXPECT_FALSE(tls.restricts_handshake);
  EXPECT_THAT(tls.client_allowed_sans, IsEmpty());
}

TEST(WebTlsConfig, KnowsEveryMode) {
  const std::string authorities = "  client_ca_file: ca.pem\n  client_auth_type: ";
  EXPECT_EQ(tls_of("  client_auth_type: ''\n").client_auth, ClientAuth::no_client_cert);
  EXPECT_EQ(tls_of("  client_auth_type: NoClientCert\n").client_auth, ClientAuth::no_client_cert);
  EXPECT_EQ(tls_of("  client_auth_type: RequestClientCert\n").client_auth,
            ClientAuth::request_client_cert);
  EXPECT_EQ(tls_of("  client_auth_type: RequireAnyClientCert\n").client_auth,
            ClientAuth::require_any_client_cert);
  EXPECT_EQ(tls_of("  client_auth_type: RequireClientCert\n").client_auth,
            ClientAuth::require_any_client_cert);  // An old name.
  EXPECT_EQ(tls_of(authorities + "VerifyClientCertIfGiven\n").client_auth,
            ClientAuth::verify_client_cert_if_given);
  EXPECT_EQ(tls_of(authorities + "RequireAndVerifyClientCert\n").client_auth,
            ClientAuth::require_and_verify_client_cert);
}

TEST(WebTlsConfig, KeepsWhatRestrictsTheHandshake) {
  const web::TlsSettings tls = tls_of(
      "  min_version: TLS10\n  max_version: TLS12\n  prefer_server_cipher_suites: false\n"
      "  cipher_suites: [TLS_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]\n"
      "  curve_preferences: [X25519, CurveP256, CurveP384, CurveP521]\n");
  EXPECT_EQ(tls.min_version, TlsVersion::tls10);
  EXPECT_EQ(tls.max_version, TlsVersion::tls12);
  EXPECT_FALSE(tls.prefer_server_cipher_suites);
  // Those of TLS 1.3 are no choice, as with Go.
  EXPECT_THAT(tls.cipher_suites, ElementsAre("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"));
  EXPECT_THAT(tls.curve_preferences, ElementsAre("X25519", "CurveP256", "CurveP384", "CurveP521"));
  EXPECT_TRUE(tls.restricts_handshake);
}

TEST(WebTlsConfig, EachRestrictionOfTheHandshakeCountsAlone) {
  EXPECT_TRUE(tls_of("  min_version: TLS13\n").restricts_handshake);
  EXPECT_TRUE(tls_of("  max_version: TLS12\n").restricts_handshake);
  EXPECT_TRUE(tls_of("  cipher_suites: []\n").restricts_handshake);
  EXPECT_TRUE(tls_of("  curve_preferences: [X25519]\n").restricts_handshake);
  EXPECT_FALSE(tls_of("  prefer_server_cipher_suites: true\n").restricts_handshake);
}

TEST(WebTlsConfig, OnlySuitesOfTls13NeedTls13) {
  const std::string suites = "  cipher_suites: [TLS_AES_128_GCM_SHA256]\n";
  EXPECT_THAT(tls_of(suites + "  min_version: TLS13\n").cipher_suites, IsEmpty());
  const auto open = parse(kOwn + suites);
  ASSERT_FALSE(open.ok());
  EXPECT_THAT(open.error().message, HasSubstr("web.yml:4:18: expected a cipher suite of TLS 1.2"));
}

TEST(WebTlsConfig, KeepsTheNamesThatClientsMayHave) {
  EXPECT_THAT(tls_of("  client_auth_type: RequireAnyClientCert\n"
                     "  client_allowed_sans: [prom.example, 'spiffe://a/b']\n")
                  .client_allowed_sans,
              ElementsAre("prom.example", "spiffe://a/b"));
}

struct Mistake {
  std::string lines;
  const char* told;
};

class WrongWebTlsConfig : public ::testing::TestWithParam<Mistake> {};

TEST_P(WrongWebTlsConfig, IsAnErrorWithItsPlace) {
  const auto config = parse(GetParam().lines);
  ASSERT_FALSE(config.ok());
  EXPECT_THAT(config.error().message, AllOf(HasSubstr(GetParam().told), Not(HasSubstr("hunter2"))));
}

const std::string kOwnText = kOwn;

INSTANTIATE_TEST_SUITE_P(
    Table, WrongWebTlsConfig,
    ::testing::Values(
        Mistake{"", "web.yml:1:1: expected cert_file or cert"},
        Mistake{"  {}\n", "web.yml:2:3: expected cert_file or cert"},
        Mistake{"  min_version: TLS12\n", "web.yml:2:3: expected cert_file or cert"},
        Mistake{"  cert_file: ''\n  key_file: key.pem\n",
                "web.yml:2:3: expected cert_file or cert"},
        Mistake{"  cert_file: cert.pem\n", "web.yml:2:3: expected key_file or key"},
        Mistake{"  cert_file: cert.pem\n  key: ''\n", "web.yml:2:3: expected key_file or key"},
        Mistake{kOwnText + "  cert: a\n", "web.yml:4:3: expected cert_file or cert, found both"},
        Mistake{kOwnText + "  key: hunter2\n", "web.yml:4:3: expected key_file or key, found both"},
        Mistake{kOwnText + "  client_ca_file: ca.pem\n  client_ca: a\n",
                "web.yml:5:3: expected client_ca_file or client_ca, found both"},
        Mistake{"  cert_file: none.pem\n  key_file: key.pem\n",
                "web.yml:2:14: expected a file that can be read for cert_file, found: read "
                "/etc/none.pem: No such file"},
        Mistake{"  cert_file: cert.pem\n  key_file: none.pem\n", "web.yml:3:13: expected a file"},
        Mistake{kOwnText + "  client_ca_file: none.pem\n", "web.yml:4:19: expected a file"},
        Mistake{"  cert_file: empty.pem\n  key_file: key.pem\n",
                "web.yml:2:14: expected certificates in PEM, for cert_file /etc/empty.pem"},
        Mistake{"  cert_file: damaged.pem\n  key_file: key.pem\n",
                "web.yml:2:14: expected certificates in PEM"},
        Mistake{"  cert_file: cert.pem\n  key_file: text.pem\n",
                "web.yml:3:13: expected a private key in PEM without a passphrase, for key_file"},
        Mistake{"  cert_file: cert.pem\n  key: hunter2\n",
                "web.yml:3:8: expected a private key in PEM without a passphrase, for key"},
        Mistake{"  cert_file: cert.pem\n  key_file: other.pem\n",
                "web.yml:3:13: expected the key of the first certificate, which this is not, for "
                "key_file /etc/other.pem"},
        Mistake{kOwnText + "  client_ca_file: text.pem\n  client_auth_type: RequestClientCert\n",
                "web.yml:4:19: expected certificates in PEM, for client_ca_file /etc/text.pem"},
        Mistake{kOwnText + "  client_ca_file: ca.pem\n",
                "web.yml:4:19: expected client_auth_type (RequireAndVerifyClientCert, say)"},
        Mistake{kOwnText + "  client_ca_file: ca.pem\n  client_auth_type: NoClientCert\n",
                "web.yml:4:19: expected client_auth_type"},
        Mistake{kOwnText + "  client_auth_type: RequireAndVerifyClientCert\n",
                "web.yml:2:3: expected client_ca_file or client_ca"},
        Mistake{kOwnText + "  client_auth_type: VerifyClientCertIfGiven\n",
                "web.yml:2:3: expected client_ca_file or client_ca"},
        Mistake{kOwnText + "  client_auth_type: requestclientcert\n",
                "web.yml:4:21: expected NoClientCert, RequestClientCert,"},
        Mistake{kOwnText + "  client_allowed_sans: [a]\n",
                "web.yml:4:3: expected client_auth_type RequireAnyClientCert or"},
        Mistake{kOwnText + "  client_allowed_sans: [a]\n  client_auth_type: RequestClientCert\n",
                "web.yml:4:3: expected client_auth_type RequireAnyClientCert or"},
        Mistake{kOwnText + "  client_allowed_sans: []\n  client_auth_type: RequireAnyClientCert\n",
                "web.yml:4:24: expected at least one name"},
        Mistake{kOwnText + "  client_allowed_sans: a\n", "web.yml:4:24: expected a list for"},
        Mistake{kOwnText + "  client_allowed_sans: [a, a]\n", "web.yml:4:28: expected each of"},
        Mistake{kOwnText + "  min_version: TLS14\n",
                "web.yml:4:16: expected TLS10, TLS11, TLS12 or TLS13 for min_version, found TLS14"},
        Mistake{kOwnText + "  max_version: '1.3'\n", "web.yml:4:16: expected TLS10,"},
        Mistake{kOwnText + "  min_version: TLS13\n  max_version: TLS12\n",
                "web.yml:5:16: expected a min_version"},
        Mistake{kOwnText + "  max_version: TLS11\n", "web.yml:4:16: expected a min_version"},
        Mistake{kOwnText + "  cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]\n",
                "web.yml:4:19: expected TLS_AES_128_GCM_SHA256,"},
        Mistake{kOwnText + "  cipher_suites: TLS_AES_128_GCM_SHA256\n",
                "web.yml:4:18: expected a list for cipher_suites"},
        Mistake{kOwnText + "  curve_preferences: [P-256]\n",
                "web.yml:4:23: expected CurveP256, CurveP384, CurveP521 or X25519"},
        Mistake{kOwnText + "  prefer_server_cipher_suites: 1\n", "web.yml:4:32: expected true or"},
        Mistake{kOwnText + "  ciphers: []\n", "web.yml:4:3: expected cert_file, cert, key_file,"},
        Mistake{kOwnText + "  cert_file: cert.pem\n", "web.yml:4:3: expected each key once"},
        Mistake{"  cert_file: [a]\n", "web.yml:2:14: expected one value for cert_file"},
        Mistake{"  cert_file: \"a\\0b\"\n", "web.yml:2:14: expected a value that is not empty"}));

TEST(WebTlsConfig, AFileOfItsOwnDirectoryIsRead) {
  const testing::TemporaryDirectory directory;
  directory.write("cert.pem", files().at("/etc/cert.pem"));
  directory.write("key.pem", files().at("/etc/key.pem"));
  directory.write("web.yml", "tls_server_config:\n" + kOwnText);
  const auto config = load_web_config(directory.file("web.yml"));
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_THAT(config.value().files,
              ElementsAre(directory.file("web.yml"), directory.file("cert.pem"),
                          directory.file("key.pem")));
}

TEST(WebTlsConfig, WhichFilesItAskedForIsKnownEvenIfTheyAreWrong) {
  const testing::TemporaryDirectory directory;
  directory.write("web.yml", "tls_server_config:\n" + kOwnText);
  std::vector<std::string> asked;
  const auto config = load_web_config(directory.file("web.yml"), [&](const std::string& path) {
    asked.push_back(path);
    return files::read_small_file(path);
  });
  EXPECT_FALSE(config.ok());
  EXPECT_THAT(asked, ElementsAre(directory.file("web.yml"), directory.file("cert.pem")));
}

}  // namespace
}  // namespace shmx::config
