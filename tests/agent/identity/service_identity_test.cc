#include "agent/identity/service_identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/testing/certificates.h"

namespace shmx::identity {
namespace {

using ::testing::AllOf;
using testing::Certificate;
using testing::CertificateOptions;
using ::testing::HasSubstr;

class ServiceIdentityTest : public ::testing::Test {
 protected:
  static CertificateOptions orders() {
    CertificateOptions options;
    options.common_name = "orders";
    options.alternatives = {"URI:spiffe://example.org/orders", "DNS:*.shop.example"};
    return options;
  }

  IdentityMismatch mismatch(const ServiceIdentity& expected) const {
    return mismatch_of(expected, leaf_.pem(), &authorities_, testing::now_unix_s())
        .value_or(IdentityMismatch{});
  }

  Certificate root_ = Certificate::root("services");
  Certificate leaf_ = root_.issue(orders());
  Authorities authorities_ = Authorities::of_pem(root_.pem()).value();
};

TEST_F(ServiceIdentityTest, FitsWhereEverythingExpectedIsPresented) {
  EXPECT_EQ(mismatch({"spiffe://example.org/orders", "a.shop.example", "CN=services", "CN=orders"})
                .reason,
            "");
  EXPECT_EQ(mismatch({}).reason, "");
}

TEST_F(ServiceIdentityTest, SaysWhatWasExpectedAndPresented) {
  const auto uri = mismatch({.san_uri = "spiffe://example.org/cart"});
  EXPECT_EQ(uri.reason, "san_uri");
  EXPECT_THAT(uri.detail, AllOf(HasSubstr("expected SAN URI \"spiffe://example.org/cart\""),
                                HasSubstr("presented \"spiffe://example.org/orders\"")));
  const auto dns = mismatch({.san_dns = "shop.example"});
  EXPECT_EQ(dns.reason, "san_dns");
  EXPECT_THAT(dns.detail, HasSubstr("presented \"*.shop.example\""));
  EXPECT_EQ(mismatch({.issuer = "CN=orders"}).reason, "issuer");
  EXPECT_EQ(mismatch({.subject = "CN=services"}).reason, "subject");
}

TEST_F(ServiceIdentityTest, ComparesUrisExactly) {
  EXPECT_EQ(mismatch({.san_uri = "spiffe://example.org/Orders"}).reason, "san_uri");
  EXPECT_EQ(mismatch({.san_uri = "spiffe://example.org/orders/"}).reason, "san_uri");
}

TEST_F(ServiceIdentityTest, IsVerifiedByTheAuthorities) {
  const auto other = Authorities::of_pem(Certificate::root("other").pem()).value();
  const std::int64_t now = testing::now_unix_s();
  EXPECT_EQ(mismatch_of({}, leaf_.pem(), &other, now)->reason, "certificate_authority");
  EXPECT_EQ(mismatch_of({}, leaf_.pem(), &authorities_, now + 2 * testing::kDayS)->reason,
            "certificate_expired");
  EXPECT_FALSE(mismatch_of({}, leaf_.pem(), nullptr, now + 2 * testing::kDayS).has_value());
}

TEST_F(ServiceIdentityTest, OfAClientIsNoServers) {
  CertificateOptions client = orders();
  client.extended_key_usage = "clientAuth";
  EXPECT_EQ(
      mismatch_of({}, root_.issue(client).pem(), &authorities_, testing::now_unix_s())->reason,
      "certificate_purpose");
}

TEST_F(ServiceIdentityTest, IsToBePresented) {
  EXPECT_EQ(mismatch_of({.san_dns = "a"}, "", nullptr, 0)->reason, "not_presented");
  EXPECT_EQ(mismatch_of({.san_dns = "a"}, "garbage", nullptr, 0)->reason, "certificate_invalid");
}

}  // namespace
}  // namespace shmx::identity
