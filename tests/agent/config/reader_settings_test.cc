// Readers, anonymous readers and issuers, in the configuration file.
#include <gmock/gmock.h>

#include "agent/config/settings.h"

namespace shmx::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::optional<std::uint32_t> shop_is_7(const std::string& name) {
  return name == "shop" ? std::optional<std::uint32_t>(7) : std::nullopt;
}

constexpr const char* kTenants = "tenants: {shop: , bank: }\n";
constexpr const char* kIssuers = "issuers: [{issuer: 'https://i', audience: s, keys: /k}]\n";

Result<Settings> read(const std::string& text) {
  return parse_settings(text, "a.yml", shop_is_7);
}

identity::Policy parse(const std::string& text) {
  auto settings = read(kTenants + std::string(kIssuers) + text);
  EXPECT_TRUE(settings.ok()) << settings.error().message;
  return settings ? settings.value().policy : identity::Policy{};
}

TEST(ReaderSettings, KnowEveryWayToTellWhoItIs) {
  const auto readers =
      parse(
          "readers:\n"
          "- {san_uri: 'spiffe://a', operator: true}\n"
          "- {san_dns: prom.example, tenants: [shop, bank]}\n"
          "- {common_name: prom, tenants: [default]}\n"
          "- {user: alice, tenants: [shop]}\n"
          "- {uid: shop, tenants: [shop]}\n"
          "- {uid: 1000, tenants: [shop], operator: false}\n"
          "- {issuer: 'https://i', claim: groups, value: shop-readers, tenants: [shop]}\n")
          .readers;
  ASSERT_EQ(readers.size(), 7U);
  EXPECT_EQ(std::get<identity::ByUri>(readers[0].match).uri, "spiffe://a");
  EXPECT_TRUE(readers[0].scope.everything);
  EXPECT_THAT(readers[0].scope.tenants, IsEmpty());
  EXPECT_EQ(std::get<identity::ByDns>(readers[1].match).name, "prom.example");
  EXPECT_FALSE(readers[1].scope.everything);
  EXPECT_THAT(readers[1].scope.tenants, ElementsAre("bank", "shop"));  // Ascending.
  EXPECT_EQ(std::get<identity::ByCommonName>(readers[2].match).name, "prom");
  EXPECT_EQ(std::get<identity::ByUser>(readers[3].match).name, "alice");
  EXPECT_EQ(std::get<identity::ByUid>(readers[4].match).uid, 7U);
  EXPECT_EQ(std::get<identity::ByUid>(readers[5].match).uid, 1000U);
  const auto& claim = std::get<identity::ByClaim>(readers[6].match);
  EXPECT_EQ(claim.issuer, "https://i");
  EXPECT_EQ(claim.claim, "groups");
  EXPECT_EQ(claim.value, "shop-readers");
}

TEST(ReaderSettings, MayNameTenantsThatComeLaterInTheFile) {
  const auto settings = read("readers: [{user: a, tenants: [shop]}]\ntenants: {shop: }\n");
  ASSERT_TRUE(settings.ok()) << settings.error().message;
  EXPECT_EQ(settings.value().policy.readers.size(), 1U);
}

TEST(AnonymousSettings, SayWhatEverybodySees) {
  EXPECT_FALSE(parse("").anonymous);
  EXPECT_EQ(parse("anonymous: {operator: true}").anonymous, model::Scope{});
  EXPECT_EQ(parse("anonymous: {tenants: []}").anonymous, (model::Scope{false, {}}));
  EXPECT_EQ(parse("anonymous: {tenants: [shop]}").anonymous, (model::Scope{false, {"shop"}}));
}

TEST(IssuerSettings, AreKept) {
  const auto settings = read(
      "issuers:\n"
      "- {issuer: 'https://a', audience: s, keys: /etc/jwks.json}\n"
      "- issuer: b\n"
      "  audience: t\n"
      "  keys: https://b.example:8443/keys?x=1\n"
      "  authorities: /etc/ca.pem\n"
      "  clock_skew: 5m\n");
  ASSERT_TRUE(settings.ok()) << settings.error().message;
  const auto& issuers = settings.value().policy.issuers;
  ASSERT_EQ(issuers.size(), 2U);
  EXPECT_EQ(issuers[0].issuer, "https://a");
  EXPECT_EQ(issuers[0].audience, "s");
  EXPECT_EQ(issuers[0].keys, "/etc/jwks.json");
  EXPECT_EQ(issuers[0].clock_skew, std::chrono::seconds(60));
  EXPECT_EQ(issuers[1].keys, "https://b.example:8443/keys?x=1");
  EXPECT_EQ(issuers[1].authorities, "/etc/ca.pem");
  EXPECT_EQ(issuers[1].clock_skew, std::chrono::seconds(300));
  const auto& files = settings.value().files;
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].kind, NamedFile::Kind::key_set);
  EXPECT_EQ(files[0].path, "/etc/jwks.json");
  EXPECT_EQ(files[0].place, "a.yml:2:44: keys");
  EXPECT_EQ(files[1].kind, NamedFile::Kind::authorities);
  EXPECT_EQ(files[1].path, "/etc/ca.pem");
}

TEST(IssuerSettings, TakeNoSkewAtAll) {
  const auto settings = read("issuers: [{issuer: a, audience: b, keys: /c, clock_skew: 0s}]");
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(settings.value().policy.issuers[0].clock_skew, std::chrono::seconds(0));
}

struct Mistake {
  std::string text;
  const char* told;
};

class WrongReaders : public testing::TestWithParam<Mistake> {};

TEST_P(WrongReaders, AreAnErrorWithItsPlace) {
  const auto settings = read(GetParam().text + "\n" + kTenants);
  ASSERT_FALSE(settings.ok());
  EXPECT_THAT(settings.error().message, HasSubstr(GetParam().told));
}

constexpr const char* kOneWay = "a.yml:1:11: expected one of san_uri, san_dns, common_name, user,";

INSTANTIATE_TEST_SUITE_P(
    Readers, WrongReaders,
    testing::Values(
        Mistake{"readers: {user: a}", "a.yml:1:10: expected a list for readers"},
        Mistake{"readers: [a]", "a.yml:1:11: expected a map of settings of a reader"},
        Mistake{"readers: [{users: a}]", "a.yml:1:12: expected san_uri, san_dns, common_name,"},
        Mistake{"readers: [{operator: true}]", kOneWay},
        Mistake{"readers: [{operator: true}]", "found none"},
        Mistake{"readers: [{user: a, uid: 1, operator: true}]", kOneWay},
        Mistake{"readers: [{user: a, uid: 1, operator: true}]", "found user or uid"},
        Mistake{"readers: [{claim: a, value: b, operator: true}]", kOneWay},
        Mistake{"issuers: [{issuer: i, audience: a, keys: /k}]\n"
                "readers: [{issuer: i, claim: a, operator: true}]",
                "a.yml:2:11: expected one of"},
        Mistake{"issuers: [{issuer: i, audience: a, keys: /k}]\n"
                "readers: [{issuer: i, claim: a, value: b, user: c, operator: true}]",
                "a.yml:2:11: expected one of"},
        Mistake{"readers: [{issuer: i, claim: a, value: b, operator: true}]",
                "a.yml:1:20: expected an issuer that is defined below issuers, found i"},
        Mistake{"readers: [{user: a}]", "a.yml:1:11: expected either operator: true or tenants"},
        Mistake{"readers: [{user: a, operator: false}]", "a.yml:1:11: expected either operator"},
        Mistake{"readers: [{user: a, operator: true, tenants: [shop]}]",
                "a.yml:1:11: expected eit"},
        Mistake{"readers: [{user: a, tenants: []}]", "a.yml:1:11: expected at least one tenant"},
        Mistake{"readers: [{user: a, tenants: [shopp]}]",
                "a.yml:1:31: expected a tenant that is defined below tenants, found shopp"},
        Mistake{"readers: [{user: a, tenants: [shop, shop]}]", "a.yml:1:37: expected each of"},
        Mistake{"readers: [{user: a, tenants: shop}]", "a.yml:1:30: expected a list for tenants"},
        Mistake{"readers: [{user: '', operator: true}]",
                "a.yml:1:18: expected a value that is not"},
        Mistake{"readers: [{uid: shopp, operator: true}]",
                "a.yml:1:17: expected a user of this host or a uid for uid, found shopp"},
        Mistake{"readers: [{uid: -1, operator: true}]", "a.yml:1:17: expected a user of this host"},
        Mistake{"readers: [{uid: 4294967295, operator: true}]", "a.yml:1:17: expected a user"},
        Mistake{"readers: [{uid: 4294967296, operator: true}]", "a.yml:1:17: expected a user"},
        Mistake{"anonymous: true", "a.yml:1:12: expected a map of what readers without"},
        Mistake{"anonymous: {}", "a.yml:1:12: expected either operator: true or tenants"},
        Mistake{"anonymous: {tenants: [none]}", "a.yml:1:23: expected a tenant that is defined"},
        Mistake{"anonymous: {user: a}", "a.yml:1:13: expected operator or tenants, found user"}));

INSTANTIATE_TEST_SUITE_P(
    Issuers, WrongReaders,
    testing::Values(
        Mistake{"issuers: {}", "a.yml:1:10: expected a list for issuers"},
        Mistake{"issuers: [{}]", "a.yml:1:11: expected issuer, audience and keys"},
        Mistake{"issuers: [{issuer: a, keys: /k}]", "a.yml:1:11: expected issuer, audience and"},
        Mistake{"issuers: [{issuer: a, audience: b}]", "a.yml:1:11: expected issuer, audience and"},
        Mistake{"issuers: [{issuer: a, audience: b, keys: k.json}]",
                "a.yml:1:42: expected a path that begins with / or an https:// URL for keys"},
        Mistake{"issuers: [{issuer: a, audience: b, keys: 'http://a/k'}]", "a.yml:1:42: expected"},
        Mistake{"issuers: [{issuer: a, audience: b, keys: 'https://u:p@a/k'}]", "a.yml:1:42:"},
        Mistake{"issuers: [{issuer: a, audience: b, keys: 'https:///k'}]", "a.yml:1:42: expected"},
        Mistake{"issuers: [{issuer: a, audience: b, keys: /k, authorities: /c}]",
                "a.yml:1:46: expected authorities only where keys is an https:// URL"},
        Mistake{"issuers: [{issuer: a, audience: b, keys: /k, clock_skew: 301s}]",
                "a.yml:1:58: expected 0s to 300s for clock_skew, found 301s"},
        Mistake{"issuers: [{issuer: a, audience: b, keys: /k, clock_skew: 10}]", "a.yml:1:58:"},
        Mistake{"issuers:\n- {issuer: a, audience: b, keys: /k}\n"
                "- {issuer: a, audience: c, keys: /l}",
                "a.yml:3:3: expected each issuer once, found a again"}));

}  // namespace
}  // namespace shmx::config
