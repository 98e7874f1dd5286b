#include "agent/identity/readers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shmx::identity {
namespace {

using model::Scope;
using ::testing::AllOf;
using ::testing::HasSubstr;

Scope tenants(std::vector<std::string> names) {
  return {.everything = false, .tenants = std::move(names)};
}

const std::vector<ReaderRule>& rules() {
  static const std::vector<ReaderRule> all = {
      {ByUri{"spiffe://example.org/prometheus"}, Scope{}},
      {ByUri{"https://example.org/a"}, tenants({"uri"})},
      {ByDns{"prom.shop.example"}, tenants({"shop"})},
      {ByDns{"prom.pay.example"}, tenants({"pay", "shop"})},
      {ByCommonName{"shop-prometheus"}, tenants({"cn"})},
      {ByUser{"alice"}, tenants({"zoo", "shop"})},
      {ByUser{"alice"}, tenants({"pay", "shop"})},
      {ByUid{1000}, tenants({"local"})},
      {ByClaim{"https://idp.example", "groups", "readers"}, tenants({"shop"})},
      {ByClaim{"https://idp.example", "sub", "bob"}, tenants({"pay"})},
      {ByClaim{"https://other.example", "sub", "bob"}, Scope{}}};
  return all;
}

x509::Names holder(std::vector<std::string> uris, std::vector<std::string> dns = {},
                   std::string common_name = "") {
  x509::Names names;
  names.uris = std::move(uris);
  names.dns = std::move(dns);
  names.common_name = std::move(common_name);
  return names;
}

Claims claims(std::map<std::string, std::vector<std::string>> texts) {
  Claims all;
  all.issuer = "https://idp.example";
  all.subject = "bob";
  all.texts = std::move(texts);
  return all;
}

/// NAME: everything, NAME: tenant,tenant, or a refusal's reason.
std::string outcome(const Holder& holder) {
  const Verdict verdict = reader_of(rules(), holder);
  if (const auto* refusal = std::get_if<Refusal>(&verdict)) {
    EXPECT_EQ(refusal->kind, Refusal::Kind::forbidden);
    return refusal->reason;
  }
  const Reader& reader = std::get<Reader>(verdict);
  std::string text = reader.name + ":" + (reader.scope.everything ? " everything" : "");
  for (const std::string& tenant : reader.scope.tenants) text += " " + tenant;
  return text;
}

std::string detail(const Holder& holder) {
  return std::get<Refusal>(reader_of(rules(), holder)).detail;
}

TEST(Readers, AreKnownByASanUriExactly) {
  EXPECT_EQ(outcome(holder({"x:y", "spiffe://example.org/prometheus"})),
            "spiffe://example.org/prometheus: everything");
  EXPECT_EQ(outcome(holder({"spiffe://example.org/Prometheus"})), "no_rule");
  EXPECT_EQ(outcome(holder({"spiffe://example.org/prometheus/"})), "no_rule");
}

TEST(Readers, AUriIsNotTakenForANameOfAnotherKind) {
  EXPECT_EQ(outcome(holder({"https://example.org/a"})), "uri:https://example.org/a: uri");
  EXPECT_EQ(name_of(holder({"user:alice"})), "uri:user:alice");
}

TEST(Readers, AreKnownByASanDnsWithoutCase) {
  EXPECT_EQ(outcome(holder({}, {"Prom.Shop.example"})), "dns:prom.shop.example: shop");
  EXPECT_EQ(outcome(holder({}, {"*.shop.example"})), "no_rule");
}

TEST(Readers, AreKnownByACommonNameThatIsNoSan) {
  EXPECT_EQ(outcome(holder({}, {}, "shop-prometheus")), "cn:shop-prometheus: cn");
  EXPECT_EQ(outcome(holder({}, {"shop-prometheus"})), "no_rule");
  EXPECT_EQ(outcome(holder({}, {}, "prom.shop.example")), "no_rule");
}

TEST(Readers, SeeWhatAllTheirRulesShow) {
  EXPECT_EQ(outcome(holder({}, {"prom.pay.example", "prom.shop.example"}, "shop-prometheus")),
            "dns:prom.shop.example: cn pay shop");
  EXPECT_EQ(outcome(holder({"spiffe://example.org/prometheus"}, {"prom.pay.example"})),
            "spiffe://example.org/prometheus: everything");
}

TEST(Readers, AreShownTenantsInOrderAndOnce) {
  EXPECT_EQ(outcome(User{"alice"}), "user:alice: pay shop zoo");
}

TEST(Readers, AreUsersOrUids) {
  EXPECT_EQ(outcome(User{"bob"}), "no_rule");
  EXPECT_EQ(outcome(LocalUser{1000}), "uid:1000: local");
  EXPECT_EQ(outcome(LocalUser{1001}), "no_rule");
}

TEST(Readers, AreKnownByClaimsOfTheirIssuerAlone) {
  EXPECT_EQ(outcome(claims({{"groups", {"others", "readers"}}})),
            "token:https://idp.example#bob: shop");
  EXPECT_EQ(outcome(claims({{"groups", {"readers"}}, {"sub", {"bob"}}})),
            "token:https://idp.example#bob: pay shop");
  EXPECT_EQ(outcome(claims({{"groups", {"Readers", "reader", "readers "}}})), "no_rule");
  EXPECT_EQ(outcome(claims({{"readers", {"groups"}}})), "no_rule");
}

TEST(Readers, WithoutARuleAreToldToTheLogWithWhatRulesExpect) {
  EXPECT_THAT(detail(holder({"spiffe://other"}, {}, "me")),
              AllOf(HasSubstr("san_uri spiffe://example.org/prometheus"),
                    HasSubstr("presented san_uri \"spiffe://other\", san_dns none, "
                              "common_name \"me\"")));
  EXPECT_THAT(detail(claims({{"groups", {"a", "b"}}})),
              AllOf(HasSubstr("claim groups=readers of https://idp.example"),
                    HasSubstr("claim groups \"a\", \"b\", claim sub none")));
  EXPECT_THAT(detail(User{"bob"}), HasSubstr("\"user alice\""));
}

TEST(Readers, WithoutRulesAreNone) {
  EXPECT_TRUE(std::holds_alternative<Refusal>(reader_of({}, User{"alice"})));
}

TEST(Readers, AreCalledByTheirMostTellingName) {
  EXPECT_EQ(name_of(holder({}, {"a.example"}, "a")), "dns:a.example");
  EXPECT_EQ(name_of(holder({}, {}, "a")), "cn:a");
  x509::Names names;
  names.subject = "O=Example";
  EXPECT_EQ(name_of(names), "subject:O=Example");
}

}  // namespace
}  // namespace shmx::identity
