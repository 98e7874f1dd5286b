#include "agent/identity/verified_chains.h"

#include <gtest/gtest.h>

#include "tests/agent/testing/certificates.h"

namespace shmx::identity {
namespace {

using testing::Certificate;
using testing::CertificateOptions;
using testing::kDayS;

class VerifiedChainsTest : public ::testing::Test {
 protected:
  x509::Chain chain(const std::string& common_name, std::int64_t not_after_unix_s) const {
    CertificateOptions options;
    options.common_name = common_name;
    options.not_after_unix_s = not_after_unix_s;
    return {root_.issue(options).der()};
  }

  std::string reason(const x509::Chain& chain, std::int64_t now_unix_s) {
    const auto verified = chains_.verify(chain, now_unix_s);
    return verified ? "" : verified.error().reason;
  }

  const std::int64_t now_ = testing::now_unix_s();
  Certificate root_ = Certificate::root();
  VerifiedChains chains_{Authorities::of_pem(root_.pem()).value()};
};

TEST_F(VerifiedChainsTest, NameTheSameHolderAgainWithoutVerifyingAgain) {
  const x509::Chain mine = chain("mine", now_ + 100);
  const auto first = chains_.verify(mine, now_).value();
  EXPECT_EQ(first->common_name, "mine");
  EXPECT_EQ(chains_.verify(mine, now_).value(), first) << "the very same value";
  EXPECT_EQ(chains_.remembered(), 1U);
}

TEST_F(VerifiedChainsTest, AreNoLongerWhenTheyHaveExpired) {
  const x509::Chain mine = chain("mine", now_ + 100);
  EXPECT_EQ(reason(mine, now_), "");
  EXPECT_EQ(reason(mine, now_ + 99), "");
  EXPECT_EQ(reason(mine, now_ + 100), "certificate_expired");
}

TEST_F(VerifiedChainsTest, AreNotYetWhenTheClockWasSetBack) {
  const x509::Chain mine = chain("mine", now_ + 100);
  EXPECT_EQ(reason(mine, now_), "");
  EXPECT_EQ(reason(mine, now_ - 2 * kDayS), "certificate_not_yet_valid");
}

TEST_F(VerifiedChainsTest, DoNotOutliveTheirAuthority) {
  CertificateOptions brief;
  brief.authority = true;
  brief.not_after_unix_s = now_ + 10;
  const auto root = Certificate::self_signed(brief);
  VerifiedChains chains(Authorities::of_pem(root.pem()).value());
  const x509::Chain mine{root.issue({}).der()};
  EXPECT_TRUE(chains.verify(mine, now_));
  EXPECT_EQ(chains.verify(mine, now_ + 10).error().reason, "certificate_expired");
}

TEST_F(VerifiedChainsTest, AreTheWholeChain) {
  const auto intermediate = root_.issue({.common_name = "intermediate", .authority = true});
  const std::string leaf = intermediate.issue({}).der();
  EXPECT_EQ(reason({leaf, intermediate.der()}, now_), "");
  EXPECT_EQ(reason({leaf}, now_), "certificate_authority");
}

TEST_F(VerifiedChainsTest, RememberNothingThatWasRefused) {
  const x509::Chain stranger{Certificate::root("stranger").issue({}).der()};
  EXPECT_EQ(reason(stranger, now_), "certificate_authority");
  EXPECT_EQ(reason(stranger, now_), "certificate_authority");
  EXPECT_EQ(chains_.remembered(), 0U);
}

TEST_F(VerifiedChainsTest, AreRememberedWithinABound) {
  // The same leaf with other certificates after it is another chain, and quickly made.
  const x509::Chain mine = chain("mine", now_ + 100);
  std::vector<std::string> strays(34);
  for (std::string& stray : strays) {
    stray = Certificate::root("stray").der();
  }
  for (const std::string& second : strays) {
    for (const std::string& third : strays) {
      ASSERT_EQ(reason({mine.front(), second, third}, now_), "");
      ASSERT_LE(chains_.remembered(), VerifiedChains::kMaxRemembered);
    }
  }
  EXPECT_LT(chains_.remembered(), strays.size() * strays.size());
  EXPECT_GT(chains_.remembered(), 0U);
}

}  // namespace
}  // namespace shmx::identity
