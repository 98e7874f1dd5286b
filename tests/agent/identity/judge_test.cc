#include "agent/identity/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/agent/identity/bcrypt.h"
#include "tests/agent/identity/judging.h"
#include "tests/agent/testing/certificates.h"

namespace shmx::identity {
namespace {

using ::testing::AllOf;
using testing::Certificate;
using testing::CertificateOptions;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::only;
using testing::with_chain;
using testing::with_header;
using testing::with_password;
using testing::with_uid;
using web::ClientAuth;

const Certificate& authority() {
  static const Certificate root = Certificate::root();
  return root;
}

CertificateOptions holder(const std::string& san) {
  CertificateOptions options;
  options.alternatives = {san};
  return options;
}

/// Of a reader that rules know.
Presented with_known_chain() {
  return with_chain({authority().issue(holder("DNS:prom")).der()});
}

Presented over_tls(Presented presented) {
  presented.tls = true;
  return presented;
}

class JudgeTest : public ::testing::Test {
 protected:
  static web::Config plain() { return {}; }

  static web::Config with_users() {
    web::Config config;
    config.users = {{"alice", testing::bcrypt("secret")}, {"bob", testing::bcrypt("hidden")}};
    return config;
  }

  static web::Config with_tls(ClientAuth mode, web::Config config = {}) {
    config.tls.emplace();
    config.tls->client_auth = mode;
    config.tls->client_authorities.text = authority().pem();
    return config;
  }

  static Policy limits() {
    Policy policy;
    policy.tenants = {{.name = "shop", .directory = "/shop"}};
    policy.readers = {{ByDns{"prom"}, only({"shop"})},
                      {ByUser{"alice"}, only({"shop"})},
                      {ByUid{1000}, only({"shop"})}};
    return policy;
  }

  static Policy limits_with_anonymous() {
    Policy policy = limits();
    policy.anonymous = only({"public"});
    return policy;
  }

  std::string outcome(const Presented& presented) { return judging_.outcome(presented); }
  const std::string& detail() const { return judging_.detail(); }
  void use(const Policy& policy, const web::Config& config) { judging_.use(policy, config); }

  testing::Judging judging_{testing::now_unix_s()};
};

TEST_F(JudgeTest, WithoutRulesEverybodySeesEverything) {
  use({}, plain());
  EXPECT_EQ(outcome({}), "anonymous sees everything");
  EXPECT_EQ(outcome(with_uid(1234)), "uid:1234 sees everything");
  EXPECT_EQ(outcome(with_header("Bearer x")), "anonymous sees everything") << "nobody asked for it";
}

TEST_F(JudgeTest, WithoutLimitsAHolderIsNamedForTheRecords) {
  use({}, with_tls(ClientAuth::verify_client_cert_if_given));
  EXPECT_EQ(outcome(with_known_chain()), "dns:prom sees everything");
  EXPECT_EQ(outcome(over_tls({})), "anonymous sees everything");
}

TEST_F(JudgeTest, WithoutLimitsUsersAreAskedForAPassword) {
  use({}, with_users());
  EXPECT_EQ(outcome(with_password("alice", "secret")), "user:alice sees everything");
  EXPECT_EQ(outcome(with_password("alice", "hidden")), "401 password_wrong");
  EXPECT_EQ(outcome(with_password("mallory", "secret")), "401 user_unknown");
  EXPECT_EQ(outcome({}), "401 no_credentials");
  EXPECT_EQ(outcome(with_header("Bearer x")), "401 scheme");
  EXPECT_EQ(outcome(with_uid(1234)), "uid:1234 sees everything");
}

TEST_F(JudgeTest, WithoutLimitsACertificateIsAskedForBesidesAPassword) {
  use({}, with_tls(ClientAuth::require_and_verify_client_cert, with_users()));
  Presented both = with_known_chain();
  EXPECT_EQ(outcome(both), "401 no_credentials");
  both.authorization = with_password("alice", "secret").authorization;
  EXPECT_EQ(outcome(both), "user:alice sees everything");
  EXPECT_EQ(outcome(over_tls(with_password("alice", "secret"))), "401 certificate_missing");
  EXPECT_EQ(outcome(with_password("alice", "secret")), "401 tls_required");
}

TEST_F(JudgeTest, AConnectionThatFailsIsNotMendedByAnotherCredential) {
  use(limits_with_anonymous(), with_tls(ClientAuth::verify_client_cert_if_given, with_users()));
  Presented stranger = with_chain({Certificate::root("other").issue(holder("DNS:prom")).der()});
  EXPECT_EQ(outcome(stranger), "401 certificate_authority");
  stranger.authorization = with_password("alice", "secret").authorization;
  EXPECT_EQ(outcome(stranger), "401 certificate_authority");
}

TEST_F(JudgeTest, LimitsShowAReaderWhatItsRulesShow) {
  use(limits(), with_tls(ClientAuth::verify_client_cert_if_given, with_users()));
  EXPECT_EQ(outcome(with_known_chain()), "dns:prom sees shop");
  EXPECT_EQ(outcome(over_tls(with_password("alice", "secret"))), "user:alice sees shop");
  EXPECT_EQ(outcome(with_uid(1000)), "uid:1000 sees shop");
}

TEST_F(JudgeTest, LimitsForbidWhoIsKnownAndHasNoRule) {
  use(limits(), with_tls(ClientAuth::verify_client_cert_if_given, with_users()));
  EXPECT_EQ(outcome(with_chain({authority().issue(holder("DNS:other")).der()})), "403 no_rule");
  EXPECT_THAT(detail(), AllOf(HasSubstr("san_dns prom"), HasSubstr("san_dns \"other\"")));
  EXPECT_EQ(outcome(over_tls(with_password("bob", "hidden"))), "403 no_rule");
  EXPECT_EQ(outcome(with_uid(1001)), "403 no_rule");
}

TEST_F(JudgeTest, LimitsAskWhoPresentsNothing) {
  use(limits(), with_users());
  EXPECT_EQ(outcome({}), "401 no_credentials");
  EXPECT_EQ(outcome(with_password("alice", "wrong")), "401 password_wrong");
  EXPECT_EQ(outcome(with_password("mallory", "wrong")), "401 user_unknown");
  EXPECT_EQ(outcome(with_header("Digest x")), "401 scheme");
  EXPECT_THAT(detail(), HasSubstr("\"digest\", expected Basic"));
}

TEST_F(JudgeTest, AnonymousIsWhoPresentsNothing) {
  use(limits_with_anonymous(), with_tls(ClientAuth::verify_client_cert_if_given, with_users()));
  EXPECT_EQ(outcome(over_tls({})), "anonymous sees public");
  EXPECT_EQ(outcome(with_uid(1001)), "uid:1001 sees public");
  EXPECT_EQ(outcome(with_uid(1000)), "uid:1000 sees shop");
  EXPECT_EQ(outcome(over_tls(with_password("alice", "wrong"))), "401 password_wrong");
  EXPECT_EQ(outcome(over_tls(with_header("Digest x"))), "401 scheme");
  EXPECT_EQ(outcome(with_chain({authority().issue(holder("DNS:other")).der()})), "403 no_rule");
}

TEST_F(JudgeTest, AnonymousMayBeAnOperatorOrSeeNothing) {
  Policy policy = limits();
  policy.anonymous = model::Scope{};
  use(policy, plain());
  EXPECT_EQ(outcome({}), "anonymous sees everything");
  policy.anonymous = only({});
  use(policy, plain());
  EXPECT_EQ(outcome({}), "anonymous sees ");
}

TEST_F(JudgeTest, TenantsWithoutReadersAreNobodysButTheHosts) {
  Policy policy;
  policy.tenants = limits().tenants;
  use(policy, plain());
  EXPECT_EQ(outcome({}), "401 no_credentials");
  EXPECT_EQ(outcome(with_uid(1000)), "403 no_rule");
  EXPECT_EQ(outcome(with_uid(0)), "uid:0 sees everything");
}

TEST_F(JudgeTest, RootAndTheAgentsOwnUserAreOperators) {
  Policy policy = limits_with_anonymous();
  policy.readers.push_back({ByUid{0}, only({"shop"})});
  use(policy, plain());
  EXPECT_EQ(outcome(with_uid(0)), "uid:0 sees everything");
  EXPECT_EQ(outcome(with_uid(testing::kOwnUid)), "uid:990 sees everything");
}

TEST_F(JudgeTest, OnlyTheFirstCredentialCounts) {
  use(limits_with_anonymous(), with_tls(ClientAuth::verify_client_cert_if_given, with_users()));
  Presented both = with_known_chain();
  both.authorization = with_password("alice", "wrong").authorization;
  EXPECT_EQ(outcome(both), "401 password_wrong");
  both.authorization = with_password("bob", "hidden").authorization;
  EXPECT_EQ(outcome(both), "403 no_rule");
  Presented root = with_uid(0);
  root.authorization = with_password("alice", "wrong").authorization;
  EXPECT_EQ(outcome(root), "401 password_wrong");
}

TEST_F(JudgeTest, AnUnverifiedCertificateNamesNobody) {
  for (const auto mode : {ClientAuth::no_client_cert, ClientAuth::request_client_cert,
                          ClientAuth::require_any_client_cert}) {
    use(limits(), with_tls(mode));
    EXPECT_EQ(outcome(with_known_chain()), "401 no_credentials");
  }
}

TEST_F(JudgeTest, AConnectionIsJudgedByTheRulesOfNow) {
  const Presented kept_alive = with_known_chain();
  const auto config = with_tls(ClientAuth::require_and_verify_client_cert);
  use(limits(), config);
  EXPECT_EQ(outcome(kept_alive), "dns:prom sees shop");

  auto rotated = config;
  rotated.tls->client_authorities.text = Certificate::root("new").pem();
  use(limits(), rotated);
  EXPECT_EQ(outcome(kept_alive), "401 certificate_authority");

  Policy other = limits();
  other.readers.erase(other.readers.begin());
  use(other, config);
  EXPECT_EQ(outcome(kept_alive), "403 no_rule");
}

TEST_F(JudgeTest, AConnectionIsJudgedByTheClockOfNow) {
  use(limits(), with_tls(ClientAuth::require_and_verify_client_cert));
  const Presented kept_alive = with_known_chain();
  EXPECT_EQ(outcome(kept_alive), "dns:prom sees shop");
  judging_.move_clock(2 * testing::kDayS);
  EXPECT_EQ(outcome(kept_alive), "401 certificate_expired");
  EXPECT_THAT(detail(), HasSubstr("ago, at 20"));
}

TEST_F(JudgeTest, PasswordsDieWithTheirJudge) {
  use(limits(), with_users());
  EXPECT_EQ(outcome(with_password("alice", "secret")), "user:alice sees shop");
  web::Config changed;
  changed.users = {{"alice", testing::bcrypt("new")}};
  use(limits(), changed);
  EXPECT_EQ(outcome(with_password("alice", "secret")), "401 password_wrong");
}

TEST_F(JudgeTest, ARefusedConfigurationLeavesTheJudgeBefore) {
  use(limits(), with_users());
  web::Config broken = with_tls(ClientAuth::require_and_verify_client_cert);
  broken.tls->client_authorities.text = "garbage";
  EXPECT_THAT(judging_.problem_of(limits(), broken), HasSubstr("client_ca"));
  broken = plain();
  broken.users = {{"alice", "secret"}};
  const std::string problem = judging_.problem_of(limits(), broken);
  EXPECT_THAT(problem, AllOf(HasSubstr("alice"), Not(HasSubstr("secret"))));
  EXPECT_EQ(outcome(with_password("alice", "secret")), "user:alice sees shop");
}

TEST_F(JudgeTest, SchemesHaveNoCaseAndSpacesBeforeWhatFollows) {
  use(limits(), with_users());
  const std::string header = with_password("alice", "secret").authorization;
  EXPECT_EQ(outcome(with_header("bAsIc   " + header.substr(6))), "user:alice sees shop");
  EXPECT_EQ(outcome(with_header("Basic")), "401 basic_malformed");
  EXPECT_EQ(outcome(with_header("Basic ")), "401 basic_malformed");
  EXPECT_EQ(outcome(with_header("Basic\t" + header.substr(6))), "401 scheme");
  EXPECT_EQ(outcome(with_header(" ")), "401 scheme");
  EXPECT_EQ(outcome(with_header(header.substr(6))), "401 scheme");
}

TEST_F(JudgeTest, SchemesThatNothingIsConfiguredForAreRefused) {
  use(limits(), plain());
  EXPECT_EQ(outcome(with_password("alice", "secret")), "401 scheme");
  EXPECT_THAT(detail(), HasSubstr("expected none"));
  EXPECT_EQ(outcome(with_header("Bearer x.y.z")), "401 scheme");
}

TEST_F(JudgeTest, PasswordsThatAreTooLongAreTold) {
  web::Config config;
  const std::string longest(72, 'x');
  config.users = {{"alice", testing::bcrypt(longest)}};
  use(limits(), config);
  EXPECT_EQ(outcome(with_password("alice", longest)), "user:alice sees shop");
  EXPECT_EQ(outcome(with_password("alice", longest + "y")), "401 password_too_long");
  EXPECT_THAT(detail(), AllOf(HasSubstr("73 bytes"), Not(HasSubstr("xxx"))));
}

TEST_F(JudgeTest, NoDetailTellsAPassword) {
  use(limits(), with_users());
  for (const char* user : {"alice", "mallory"}) {
    outcome(with_password(user, "hunter2"));
    EXPECT_THAT(detail(), AllOf(HasSubstr(user), Not(HasSubstr("hunter2"))));
  }
}

TEST_F(JudgeTest, WhatIsBeingHashedIsAnsweredAfterItsJudgeIsGone) {
  std::future<Verdict> asked;
  {
    use(limits(), with_users());
    asked = judging_.ask(with_password("alice", "secret"));
    use(limits(), plain());
  }
  ASSERT_EQ(asked.wait_for(std::chrono::seconds(60)), std::future_status::ready);
  EXPECT_TRUE(std::holds_alternative<Reader>(asked.get()));
}

TEST_F(JudgeTest, TooManyPasswordsAtOnceAreToldBusy) {
  web::Config config;
  config.users = {{"alice", testing::bcrypt("secret", "2b", "08")}};  // slower than it is asked
  use(limits(), config);
  std::vector<std::future<Verdict>> flood(300);
  std::size_t busy = 0;
  for (std::size_t i = 0; i < flood.size(); ++i) {
    flood[i] = judging_.ask(with_password("alice", std::to_string(i)));
  }
  for (auto& asked : flood) {
    ASSERT_EQ(asked.wait_for(std::chrono::seconds(60)), std::future_status::ready);
    const Verdict verdict = asked.get();
    const auto& refusal = std::get<Refusal>(verdict);
    busy += refusal.kind == Refusal::Kind::busy ? 1 : 0;
  }
  EXPECT_GT(busy, 0U);
}

TEST_F(JudgeTest, ReasonsAreWordsAndEachOnce) {
  std::set<std::string_view> once;
  for (const std::string_view reason : Judge::reasons()) {
    EXPECT_TRUE(once.insert(reason).second) << reason;
    EXPECT_EQ(reason.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos);
  }
}

}  // namespace
}  // namespace shmx::identity
