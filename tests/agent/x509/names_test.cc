#include "agent/x509/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/testing/certificates.h"

namespace shmx::x509 {
namespace {

using testing::Certificate;
using testing::CertificateOptions;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Names names_with(const std::vector<std::string>& alternatives) {
  CertificateOptions options;
  options.alternatives = alternatives;
  return names_of(Certificate::self_signed(options).der()).value();
}

TEST(CertificateNames, AreOfEveryKind) {
  const auto names = names_with({"URI:spiffe://example.org/a", "DNS:a.example", "DNS:b.example",
                                 "IP:127.0.0.1", "IP:2001:db8::1", "email:ops@example.org"});
  EXPECT_THAT(names.uris, ElementsAre("spiffe://example.org/a"));
  EXPECT_THAT(names.dns, ElementsAre("a.example", "b.example"));
  EXPECT_THAT(names.addresses, ElementsAre("127.0.0.1", "2001:db8::1"));
  EXPECT_THAT(names.emails, ElementsAre("ops@example.org"));
}

TEST(CertificateNames, OfWhatIsNotPrintableAreLeftOut) {
  using namespace std::string_literals;
  const auto names = names_with({"DNS:good.example\0.evil.example"s, "DNS:a\nb", "URI:sp\xc3\xa9",
                                 "DNS:", "DNS:good.example"});
  EXPECT_THAT(names.dns, ElementsAre("good.example"));
  EXPECT_THAT(names.uris, IsEmpty());
}

TEST(CertificateNames, AreWrittenAsRfc4514Does) {
  CertificateOptions options;
  options.common_name = "a, \"b\"";
  options.organization = "Example";
  const auto names = names_of(Certificate::root("the root").issue(options).der()).value();
  EXPECT_EQ(names.subject, R"(CN=a\, \"b\",O=Example)");
  EXPECT_EQ(names.issuer, "CN=the root");
  EXPECT_EQ(names.common_name, "a, \"b\"");
}

TEST(CertificateNames, ACommonNameWithANulIsNone) {
  using namespace std::string_literals;
  CertificateOptions options;
  options.common_name = "shop\0evil"s;
  EXPECT_EQ(names_of(Certificate::self_signed(options).der())->common_name, "");
}

TEST(CertificateNames, ThereMayBeNone) {
  CertificateOptions options;
  options.common_name.clear();
  const auto names = names_of(Certificate::self_signed(options).der()).value();
  EXPECT_EQ(names.common_name, "");
  EXPECT_EQ(names.subject, "");
  EXPECT_THAT(names.dns, IsEmpty());
}

TEST(CertificateNames, TellWhenItIsValid) {
  CertificateOptions options;
  options.not_before_unix_s = 1'000'000'000;
  options.not_after_unix_s = 4'000'000'000;  // beyond 32 bits, and UTCTime
  const auto names = names_of(Certificate::self_signed(options).der()).value();
  EXPECT_EQ(names.not_before_unix_s, 1'000'000'000);
  EXPECT_EQ(names.not_after_unix_s, 4'000'000'000);
}

TEST(CertificateNames, AreOfOneWholeCertificate) {
  const std::string der = Certificate::root().der();
  EXPECT_TRUE(names_of(der));
  EXPECT_FALSE(names_of(der + "x"));
  EXPECT_FALSE(names_of(der.substr(0, der.size() - 1)));
  EXPECT_FALSE(names_of(""));
}

TEST(ChainOfPem, IsInItsOrderAndWithoutKeys) {
  const auto root = Certificate::root();
  const auto leaf = root.issue({});
  const auto chain = chain_of_pem("a comment\n" + leaf.pem() + leaf.key_pem() + root.pem());
  ASSERT_TRUE(chain) << chain.error().message;
  EXPECT_THAT(chain.value(), ElementsAre(leaf.der(), root.der()));
}

TEST(ChainOfPem, SaysWhichCertificateIsDamaged) {
  const std::string pem = Certificate::root().pem();
  std::string cut = pem;
  cut.erase(cut.find("-----END"));
  std::string other = pem;
  other[other.find('\n') + 1] ^= 1;
  EXPECT_THAT(chain_of_pem(pem + cut).error().message, HasSubstr("certificate 2"));
  EXPECT_THAT(chain_of_pem(other).error().message, HasSubstr("certificate 1"));
}

TEST(ChainOfPem, OfNoneIsAnError) {
  EXPECT_THAT(chain_of_pem("").error().message, HasSubstr("BEGIN CERTIFICATE"));
  EXPECT_FALSE(chain_of_pem(Certificate::root().key_pem()));
  EXPECT_FALSE(chain_of_pem("-----BEGIN CERTIFICATE-----\n"));
}

TEST(NamesOfPem, AreThoseOfEveryCertificate) {
  const auto root = Certificate::root();
  const auto leaf = root.issue({.common_name = "leaf"});
  const auto all = names_of_pem(leaf.pem() + root.pem());
  ASSERT_TRUE(all) << all.error().message;
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ(all->at(0).subject, "CN=leaf");
  EXPECT_EQ(all->at(1).subject, "CN=root");
  EXPECT_FALSE(names_of_pem(leaf.pem() + "-----BEGIN CERTIFICATE-----\n"));
}

TEST(Alternatives, AreAllWithDnsNamesFirst) {
  const auto names =
      names_with({"IP:127.0.0.1", "email:ops@example.org", "URI:spiffe://e/a", "DNS:a.example"});
  EXPECT_THAT(alternatives(names),
              ElementsAre("a.example", "spiffe://e/a", "127.0.0.1", "ops@example.org"));
}

}  // namespace
}  // namespace shmx::x509
