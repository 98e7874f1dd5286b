// What is told of an agent's files before it runs with them.
#include "agent/config/config_check.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "tests/agent/testing/certificates.h"
#include "tests/agent/testing/temporary_directory.h"

namespace shmx::config {
namespace {

using testing::Certificate;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using testing::kDayS;
using testing::now_unix_s;

/// What agent/identity would say of a key set.
Result<std::vector<std::string>> takes_empty_objects(const std::string& json) {
  if (json != "{}") {
    return Error{"no JWK set"};
  }
  return std::vector<std::string>{"key 1: too small"};
}

class ConfigCheck : public ::testing::Test {
 protected:
  ConfigCheck() {
    write("cert.pem", own_.pem());
    write("key.pem", own_.key_pem());
    write("ca.pem", root_.pem());
    write("web.yml",
          "tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\n"
          "  client_ca_file: ca.pem\n  client_auth_type: RequireAndVerifyClientCert\n");
  }

  void write(const std::string& name, const std::string& text) const {
    directory_.write(name, text);
  }
  std::string file(const std::string& name) const { return directory_.file(name); }

  CheckReport check(const std::string& settings, bool with_web = false,
                    const Environment& environment = {}) const {
    write("a.yml", settings);
    auto flags = std::get<Flags>(parse_flags({"--config.file=" + file("a.yml")}, ""));
    if (with_web) {
      flags.web_config_file = file("web.yml");
    }
    return check_configuration(flags, environment, now_unix_s(), takes_empty_objects);
  }

  static testing::CertificateOptions valid_for_long() {
    return {.common_name = "own", .not_after_unix_s = now_unix_s() + 365 * kDayS};
  }

  const Certificate root_ = Certificate::self_signed(
      {.common_name = "root", .not_after_unix_s = now_unix_s() + 365 * kDayS, .authority = true});
  const Certificate own_ = root_.issue(valid_for_long());
  const testing::TemporaryDirectory directory_;
};

TEST_F(ConfigCheck, NamesEveryFileThatIsFine) {
  const CheckReport report = check_web_config(file("web.yml"), now_unix_s());
  EXPECT_THAT(report.fine,
              ElementsAre(file("web.yml"), file("cert.pem"), file("key.pem"), file("ca.pem")));
  EXPECT_THAT(report.warnings, IsEmpty());
  EXPECT_THAT(report.problems, IsEmpty());
}

TEST_F(ConfigCheck, WarnsOfTimes) {
  const std::int64_t now = now_unix_s();
  EXPECT_THAT(check_web_config(file("web.yml"), now + 366 * kDayS).warnings,
              ElementsAre(HasSubstr("cert.pem: certificate CN=own expired at 20"),
                          HasSubstr("ca.pem: certificate CN=root expired at 20")));
  EXPECT_THAT(check_web_config(file("web.yml"), now + 360 * kDayS).warnings,
              ElementsAre(HasSubstr("CN=own expires soon, at 20"), HasSubstr("CN=root expires")));
  EXPECT_THAT(check_web_config(file("web.yml"), now - 2 * kDayS).warnings,
              ElementsAre(HasSubstr("CN=own is not valid before 20"), HasSubstr("CN=root is not")));
}

TEST_F(ConfigCheck, TellsWhereWebConfigIsWrong) {
  write("key.pem", root_.key_pem());
  const CheckReport report = check_web_config(file("web.yml"), now_unix_s());
  EXPECT_THAT(report.fine, IsEmpty());
  EXPECT_THAT(report.problems, ElementsAre(HasSubstr("web.yml:3:13: expected the key of the")));
}

TEST_F(ConfigCheck, WithoutFilesThereIsNothingToTell) {
  const CheckReport report = check_configuration(std::get<Flags>(parse_flags({}, "")), {},
                                                 now_unix_s(), takes_empty_objects);
  EXPECT_THAT(report.fine, IsEmpty());
  EXPECT_THAT(report.warnings, IsEmpty());
  EXPECT_THAT(report.problems, IsEmpty());
}

TEST_F(ConfigCheck, TellsOfBothFiles) {
  write("web.yml", "x: 1\n");
  EXPECT_THAT(check("y: 1\n", true).problems,
              ElementsAre(HasSubstr("a.yml:1:1: expected"), HasSubstr("web.yml:1:1: expected")));
}

TEST_F(ConfigCheck, ReadsWhatThePolicyAndTheAuditName) {
  write("jwks.json", "{}");
  const std::string settings = "service_identities: {authorities: " + file("ca.pem") +
                               "}\n"
                               "issuers: [{issuer: i, audience: a, keys: " +
                               file("jwks.json") +
                               "}]\n"
                               "audit: {directory: /a, key: " +
                               file("audit.key") + "}\nanonymous: {tenants: []}\n";
  const CheckReport report = check(settings);
  EXPECT_THAT(report.fine, IsSupersetOf({file("a.yml"), file("ca.pem"), file("jwks.json")}));
  EXPECT_THAT(report.problems,
              ElementsAre(HasSubstr("a.yml:3:29: key: cannot read " + file("audit.key"))));
  write("audit.key", own_.key_pem());  // P-256.
  std::filesystem::permissions(file("audit.key"), std::filesystem::perms(0644));
  EXPECT_THAT(check(settings).problems, ElementsAre(HasSubstr("audit.key: every user may read it; "
                                                              "chmod 600 " +
                                                              file("audit.key"))));
  std::filesystem::permissions(file("audit.key"), std::filesystem::perms(0600));
  EXPECT_THAT(check(settings).problems,
              ElementsAre(HasSubstr("audit.key: expected an Ed25519 private key")));
  EXPECT_THAT(check(settings).warnings, ElementsAre(file("jwks.json") + ": key 1: too small"));
  write("ca.pem", "none");
  write("jwks.json", "none");
  EXPECT_THAT(check(settings).problems,
              ElementsAre(HasSubstr("a.yml:2:42: keys " + file("jwks.json") + ": no JWK set"),
                          HasSubstr("a.yml:1:35: authorities " + file("ca.pem") +
                                    ": expected certificates in PEM"),
                          HasSubstr("audit.key")));
}

TEST_F(ConfigCheck, ReadsWhatThePushesName) {
  const std::string push = "{endpoint: 'https://a:1', certificate: " + file("ca.pem") +
                           ", client_certificate: " + file("cert.pem") +
                           ", client_key: " + file("other.pem") +
                           ", bearer_token_file: " + file("token") + "}";
  write("other.pem", root_.key_pem());
  EXPECT_THAT(check("otlp: " + push).problems,
              ElementsAre(HasSubstr("OTLP push: client_key " + file("other.pem") +
                                    ": expected the key of the first certificate"),
                          HasSubstr("OTLP push: bearer_token_file: cannot read")));
  write("token", "secret");
  write("other.pem", own_.key_pem());
  EXPECT_THAT(check("otlp: " + push).problems, IsEmpty());
  write("ca.pem", "");
  EXPECT_THAT(check("anonymous: {operator: true}\ntenants: {shop: {otlp: " + push + "}}").problems,
              ElementsAre(HasSubstr("OTLP push of tenant shop: certificate " + file("ca.pem"))));
}

TEST_F(ConfigCheck, TellsOfSettingsThatAreWrongInTheEnvironment) {
  EXPECT_THAT(check("", false, {{"OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://a"}}).problems,
              ElementsAre(HasSubstr("OTEL_EXPORTER_OTLP_ENDPOINT: expected http://")));
  EXPECT_THAT(check("tenants: {shop: {otlp: {interval: 1}}}\nanonymous: {tenants: []}").problems,
              ElementsAre(HasSubstr("tenant shop: ")));
}

TEST_F(ConfigCheck, TellsWhatDoesNotGoTogether) {
  const std::string reader = "readers: [{san_uri: 'spiffe://a', operator: true}]\n";
  EXPECT_THAT(check(reader).problems, ElementsAre(HasSubstr("reader san_uri spiffe://a")));
  EXPECT_THAT(check(reader, true).problems, IsEmpty());
  EXPECT_THAT(check("tenants: {shop: }").problems, ElementsAre(HasSubstr("expected readers")));
  EXPECT_THAT(
      check("tenants: {shop: {directory: /run/shm-exporter/segments}}\nanonymous: {tenants: []}")
          .problems,
      ElementsAre(HasSubstr("tenant shop: expected a directory apart")));
}

TEST_F(ConfigCheck, TellsThatTheFeedCannotBeRestricted) {
  write("web.yml",
        "tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\n  min_version: TLS13\n");
  auto flags = std::get<Flags>(
      parse_flags({"--web.config.file=" + file("web.yml"), "--feed.listen-address=:0"}, ""));
  EXPECT_THAT(check_configuration(flags, {}, now_unix_s(), takes_empty_objects).problems,
              ElementsAre(HasSubstr("gRPC feed at :0")));
}

}  // namespace
}  // namespace shmx::config
