// Bearer tokens before a judge, with the real key sets: of files, and of an HTTPS server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

#include "tests/agent/identity/bcrypt.h"
#include "tests/agent/identity/judged.h"
#include "tests/agent/identity/judging.h"
#include "tests/agent/identity/key_server.h"
#include "tests/agent/identity/signer.h"
#include "tests/agent/testing/temporary_directory.h"

namespace shmx::identity {
namespace {

using ::testing::AllOf;
using testing::Authority;
using testing::claims;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::key_set;
using testing::KeyServer;
using ::testing::Not;
using testing::Signer;
using testing::with_header;
using testing::with_password;

const std::string kIssuer{testing::kIssuer};

std::string kid(const std::string& name) {
  return R"("kid":")" + name + "\"";
}

class JudgeTokensTest : public ::testing::Test {
 protected:
  JudgeTokensTest() {
    directory_.write("ca.pem", authority_.certificate());
    directory_.write("keys.json", keys_with("first"));
  }

  /// Readers are those of a claim; keys come from a path or a URL.
  Policy policy(const std::string& keys) const {
    Policy policy;
    policy.issuers = {{kIssuer, std::string(testing::kAudience), keys, directory_.file("ca.pem")}};
    policy.readers = {{ByClaim{kIssuer, "groups", "readers"}, testing::only({"shop"})},
                      {ByClaim{kIssuer, "sub", "root"}, model::Scope{}},
                      {ByUser{"alice"}, testing::only({"shop"})}};
    return policy;
  }

  void use_file() { judging_.use(policy(directory_.file("keys.json")), {}); }

  std::string keys_with(const std::string& name) const { return key_set({signer_.jwk(kid(name))}); }

  Presented token(const std::string& more, const std::string& name = "first") const {
    return with_header(
        "Bearer " + signer_.token("ES256", R"({"alg":"ES256",)" + kid(name) + "}", claims(more)));
  }

  Presented readers_token(const std::string& name = "first") const {
    return token(R"("groups":["others","readers"])", name);
  }

  /// With another signature.
  Presented forged_token() const {
    Presented forged = readers_token();
    char& first = forged.authorization[forged.authorization.rfind('.') + 1];
    first = first == 'x' ? 'y' : 'x';
    return forged;
  }

  std::string outcome(const Presented& presented) { return judging_.outcome(presented); }

  Authority authority_;
  Signer signer_ = Signer::ec("P-256");
  testing::TemporaryDirectory directory_;
  testing::Judging judging_{testing::kNow};
};

TEST_F(JudgeTokensTest, ShowWhatRulesForTheirClaimsShow) {
  use_file();
  EXPECT_EQ(outcome(readers_token()), "token:https://idp.example#prometheus sees shop");
  EXPECT_EQ(outcome(token(R"("groups":"readers")")),
            "token:https://idp.example#prometheus sees shop");
}

TEST_F(JudgeTokensTest, AreMatchedByStandardClaims) {
  for (const auto& [claim, value] :
       std::vector<std::pair<std::string, std::string>>{{"sub", "prometheus"},
                                                        {"iss", kIssuer},
                                                        {"aud", std::string(testing::kAudience)},
                                                        {"azp", "client"}}) {
    Policy by_claim = policy(directory_.file("keys.json"));
    by_claim.readers = {{ByClaim{kIssuer, claim, value}, testing::only({"shop"})}};
    judging_.use(by_claim, {});
    EXPECT_EQ(outcome(token(R"("azp":"client")")), "token:https://idp.example#prometheus sees shop")
        << claim;
  }
}

TEST_F(JudgeTokensTest, WithoutARuleAreForbidden) {
  use_file();
  EXPECT_EQ(outcome(token(R"("groups":["others"])")), "403 no_rule");
  EXPECT_THAT(judging_.detail(), AllOf(HasSubstr("claim groups=readers of https://idp.example"),
                                       HasSubstr("claim groups \"others\"")));
}

TEST_F(JudgeTokensTest, OfARuleForAnotherIssuerAreForbidden) {
  Policy other = policy(directory_.file("keys.json"));
  other.readers = {{ByClaim{"https://other.example", "groups", "readers"}, model::Scope{}}};
  judging_.use(other, {});
  EXPECT_EQ(outcome(readers_token()), "403 no_rule");
}

TEST_F(JudgeTokensTest, AreJudgedByTheClockOfNow) {
  use_file();
  const Presented kept = readers_token();
  EXPECT_EQ(outcome(kept), "token:https://idp.example#prometheus sees shop");
  judging_.move_clock(300 + 60);  // what claims() gives it, and the skew
  EXPECT_EQ(outcome(kept), "401 token_expired");
}

TEST_F(JudgeTokensTest, ThatAreRefusedKeepTheirReason) {
  use_file();
  EXPECT_EQ(outcome(with_header("Bearer")), "401 token_malformed");
  EXPECT_EQ(outcome(with_header("Bearer x.y.z")), "401 token_malformed");
  const Presented forged = forged_token();
  EXPECT_EQ(outcome(forged), "401 token_signature");
  EXPECT_EQ(outcome(readers_token("unknown")), "401 token_key");
  EXPECT_THAT(judging_.detail(), HasSubstr("no key with the kid \"unknown\""));
}

TEST_F(JudgeTokensTest, NoDetailTellsASignature) {
  use_file();
  const Presented forged = forged_token();
  const std::size_t signature = forged.authorization.rfind('.') + 1;
  outcome(forged);
  EXPECT_THAT(judging_.detail(), Not(HasSubstr(forged.authorization.substr(signature))));
}

TEST_F(JudgeTokensTest, StandBesidePasswords) {
  web::Config config;
  config.users = {{"alice", testing::bcrypt("secret")}};
  judging_.use(policy(directory_.file("keys.json")), config);
  EXPECT_EQ(outcome(with_password("alice", "secret")), "user:alice sees shop");
  EXPECT_EQ(outcome(readers_token()), "token:https://idp.example#prometheus sees shop");
  EXPECT_EQ(outcome(with_header("Digest x")), "401 scheme");
  EXPECT_THAT(judging_.detail(), HasSubstr("expected Basic or Bearer"));
}

TEST_F(JudgeTokensTest, OfAWithdrawnKeyAreRefusedByTheNextJudge) {
  use_file();
  EXPECT_THAT(judging_.judge().files(), ElementsAre(directory_.file("keys.json")));
  EXPECT_EQ(outcome(readers_token()), "token:https://idp.example#prometheus sees shop");
  directory_.write("keys.json", keys_with("second"));
  use_file();
  EXPECT_EQ(outcome(readers_token()), "401 token_key");
  EXPECT_EQ(outcome(readers_token("second")), "token:https://idp.example#prometheus sees shop");
}

TEST_F(JudgeTokensTest, AKeyFileThatIsNoneLeavesTheJudgeBefore) {
  use_file();
  directory_.write("keys.json", "garbage");
  EXPECT_THAT(judging_.problem_of(policy(directory_.file("keys.json")), {}), HasSubstr(kIssuer));
  EXPECT_EQ(outcome(readers_token()), "token:https://idp.example#prometheus sees shop");
}

/// With an issuer whose keys are fetched.
class JudgeFetchedTokensTest : public JudgeTokensTest {
 protected:
  void serve(testing::Answer answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  void serve_keys(const std::string& name) { serve(testing::json_answer(keys_with(name))); }

  void use_server() { judging_.use(policy(server_.url()), {}); }

  std::mutex mutex_;
  testing::Answer answer_{testing::json_answer("{}")};
  KeyServer server_{authority_.issue("IP:127.0.0.1"), [this](const std::string& /*request*/) {
                      const std::lock_guard lock(mutex_);
                      return answer_;
                    }};
};

TEST_F(JudgeFetchedTokensTest, WaitForTheFirstKeys) {
  serve_keys("first");
  use_server();
  EXPECT_EQ(outcome(readers_token()), "token:https://idp.example#prometheus sees shop");
  EXPECT_EQ(server_.requests().size(), 1U);
  EXPECT_THAT(judging_.judge().files(), ElementsAre());
}

TEST_F(JudgeFetchedTokensTest, AreToldBusyWhileThereAreNoKeys) {
  use_server();
  EXPECT_EQ(outcome(readers_token()), "503 token_keys_missing");
}

TEST_F(JudgeFetchedTokensTest, OfANewKeyFetchIt) {
  serve_keys("first");
  use_server();
  EXPECT_EQ(outcome(readers_token()), "token:https://idp.example#prometheus sees shop");
  serve_keys("second");
  judging_.move_clock(61);
  EXPECT_EQ(outcome(readers_token("second")), "token:https://idp.example#prometheus sees shop");
  EXPECT_EQ(outcome(readers_token("first")), "401 token_key") << "withdrawn";
  EXPECT_EQ(server_.requests().size(), 2U);
}

TEST_F(JudgeFetchedTokensTest, OfManyUnknownKeysFetchOnce) {
  serve_keys("first");
  use_server();
  EXPECT_EQ(outcome(readers_token()), "token:https://idp.example#prometheus sees shop");
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_EQ(outcome(readers_token("flood " + std::to_string(i))), "401 token_key");
  }
  EXPECT_EQ(server_.requests().size(), 1U) << "it had been asked within the minute";
}

}  // namespace
}  // namespace shmx::identity
