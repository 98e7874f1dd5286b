#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/identity/authorities.h"
#include "tests/agent/testing/certificates.h"

namespace shmx::identity {
namespace {

using ::testing::AllOf;
using testing::Certificate;
using testing::CertificateOptions;
using ::testing::HasSubstr;
using testing::kDayS;
using testing::kHourS;
using Problem = Authorities::Problem;

constexpr std::int64_t kNow = 1'800'000'000;

CertificateOptions valid_around_now(const std::string& common_name) {
  CertificateOptions options;
  options.common_name = common_name;
  options.not_before_unix_s = kNow - kDayS;
  options.not_after_unix_s = kNow + kDayS;
  return options;
}

CertificateOptions authority(const std::string& common_name) {
  CertificateOptions options = valid_around_now(common_name);
  options.authority = true;
  return options;
}

class AuthoritiesTest : public ::testing::Test {
 protected:
  static Authorities trusting(const std::string& pem) { return Authorities::of_pem(pem).value(); }

  Problem problem(const x509::Chain& chain, Purpose purpose = Purpose::client,
                  std::int64_t now = kNow) const {
    return trusting(root_.pem()).problem_of(chain, purpose, now).value_or(Problem{});
  }

  Certificate root_ = Certificate::self_signed(authority("root"));
  Certificate intermediate_ = root_.issue(authority("intermediate"));
  Certificate leaf_ = intermediate_.issue(valid_around_now("leaf"));
};

TEST_F(AuthoritiesTest, VouchForAChainThroughIntermediates) {
  EXPECT_EQ(problem({leaf_.der(), intermediate_.der()}).reason, "");
}

TEST_F(AuthoritiesTest, DoNotMindTheOrderNorTheRootInAChain) {
  EXPECT_EQ(problem({leaf_.der(), root_.der(), intermediate_.der()}).reason, "");
}

TEST_F(AuthoritiesTest, MissAnIntermediateThatWasNotPresented) {
  const Problem found = problem({leaf_.der()});
  EXPECT_EQ(found.reason, "certificate_authority");
  EXPECT_THAT(found.detail, AllOf(HasSubstr("\"CN=leaf\" issued by \"CN=intermediate\""),
                                  HasSubstr("authorities: \"CN=root\"")));
}

TEST_F(AuthoritiesTest, NeedNotBeRoots) {
  EXPECT_FALSE(
      trusting(intermediate_.pem()).problem_of({leaf_.der()}, Purpose::client, kNow).has_value());
}

TEST_F(AuthoritiesTest, OfTheSameNameWithAnotherKeyDoNotVouch) {
  const auto other = Certificate::self_signed(authority("root"));
  EXPECT_EQ(problem({other.issue(valid_around_now("leaf")).der()}).reason, "certificate_authority");
}

TEST_F(AuthoritiesTest, OldAndNewVouchWhileBothAreThere) {
  const auto other = Certificate::self_signed(authority("root"));
  const auto both = trusting(root_.pem() + other.pem());
  for (const Certificate& signer : {root_, other}) {
    const x509::Chain chain{signer.issue(valid_around_now("leaf")).der()};
    EXPECT_FALSE(both.problem_of(chain, Purpose::client, kNow).has_value());
  }
}

TEST_F(AuthoritiesTest, AreNotWhatAChainBrings) {
  const auto other = Certificate::self_signed(authority("mine"));
  const auto leaf = other.issue(valid_around_now("leaf"));
  EXPECT_EQ(problem({leaf.der(), other.der()}).reason, "certificate_authority");
  EXPECT_EQ(problem({other.der()}).reason, "certificate_authority");
}

TEST_F(AuthoritiesTest, SayByHowMuchACertificateHasExpired) {
  const Problem found =
      problem({leaf_.der(), intermediate_.der()}, Purpose::client, kNow + kDayS + 90);
  EXPECT_EQ(found.reason, "certificate_expired");
  EXPECT_THAT(found.detail, HasSubstr("expired 90 s ago, at 2027-01-16T08:00:00Z"));
}

TEST_F(AuthoritiesTest, ACertificateHasExpiredAtItsEnd) {
  const x509::Chain chain{leaf_.der(), intermediate_.der()};
  EXPECT_EQ(problem(chain, Purpose::client, kNow + kDayS - 1).reason, "");
  EXPECT_EQ(problem(chain, Purpose::client, kNow + kDayS).reason, "certificate_expired");
}

TEST_F(AuthoritiesTest, SayWhenACertificateBegins) {
  const Problem found =
      problem({leaf_.der(), intermediate_.der()}, Purpose::client, kNow - kDayS - 5);
  EXPECT_EQ(found.reason, "certificate_not_yet_valid");
  EXPECT_THAT(found.detail, HasSubstr("is valid in 5 s"));
}

TEST_F(AuthoritiesTest, SayWhichOfTheChainHasExpired) {
  CertificateOptions options = authority("short");
  options.not_after_unix_s = kNow - 1;
  const auto expired = root_.issue(options);
  const Problem found = problem({expired.issue(valid_around_now("leaf")).der(), expired.der()});
  EXPECT_EQ(found.reason, "certificate_expired");
  EXPECT_THAT(found.detail, HasSubstr("certificate 2 of the chain, \"CN=short\""));
}

TEST_F(AuthoritiesTest, DemandTheUsage) {
  CertificateOptions options = valid_around_now("server");
  options.extended_key_usage = "serverAuth";
  const x509::Chain chain{root_.issue(options).der()};
  EXPECT_EQ(problem(chain, Purpose::server).reason, "");
  const Problem found = problem(chain, Purpose::client);
  EXPECT_EQ(found.reason, "certificate_purpose");
  EXPECT_THAT(found.detail, HasSubstr("clientAuth"));
}

TEST_F(AuthoritiesTest, RefuseWhatMayNotIssue) {
  const auto not_an_authority = root_.issue(valid_around_now("leaf"));
  const auto below = not_an_authority.issue(valid_around_now("below"));
  EXPECT_EQ(problem({below.der(), not_an_authority.der()}).reason, "certificate_authority");
}

TEST_F(AuthoritiesTest, BoundAChain) {
  x509::Chain chain{leaf_.der()};
  chain.resize(17, intermediate_.der());
  EXPECT_THAT(problem(chain).detail, HasSubstr("at most 16"));
  EXPECT_EQ(problem({}).reason, "certificate_invalid");
  EXPECT_EQ(problem({leaf_.der(), "garbage"}).reason, "certificate_invalid");
}

TEST_F(AuthoritiesTest, BoundItsDepth) {
  Certificate last = root_;
  x509::Chain chain;
  for (int i = 0; i < 9; ++i) {
    last = last.issue(authority("authority " + std::to_string(i)));
    chain.insert(chain.begin(), last.der());
  }
  chain.insert(chain.begin(), last.issue(valid_around_now("leaf")).der());
  EXPECT_EQ(problem(chain).reason, "certificate_authority");
  chain.erase(chain.begin());
  EXPECT_EQ(problem(chain).reason, "");
}

TEST_F(AuthoritiesTest, TellTheFirstEndOnTheWay) {
  CertificateOptions root_options = authority("short root");
  root_options.not_after_unix_s = kNow + kHourS;
  const auto root = Certificate::self_signed(root_options);
  CertificateOptions stray = valid_around_now("stray");
  stray.not_after_unix_s = kNow + 1;
  const x509::Chain chain{root.issue(valid_around_now("leaf")).der(), root.issue(stray).der()};
  EXPECT_EQ(trusting(root.pem()).valid_until(chain, Purpose::client, kNow).value(), kNow + kHourS);
}

TEST_F(AuthoritiesTest, AreToBePem) {
  EXPECT_FALSE(Authorities::of_pem("garbage"));
}

TEST_F(AuthoritiesTest, QuoteNothingThatBreaksALine) {
  CertificateOptions options = valid_around_now(std::string(60, 'x') + "\n\x1b");
  options.organization = std::string(60, 'y');
  const Problem found = problem({Certificate::self_signed(options).der()});
  EXPECT_EQ(found.detail.find_first_of("\n\x1b"), std::string::npos);
}

}  // namespace
}  // namespace shmx::identity
