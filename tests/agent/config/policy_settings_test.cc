// Tenants and the identities that services present, in the configuration file.
#include <gmock/gmock.h>

#include "agent/config/settings.h"

namespace shmx::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

std::optional<std::uint32_t> nobody(const std::string& /*name*/) {
  return std::nullopt;
}

Settings parse(const std::string& text) {
  auto settings = parse_settings(text, "a.yml", nobody);
  EXPECT_TRUE(settings.ok()) << settings.error().message;
  return settings ? settings.value() : Settings{};
}

TEST(TenantSettings, HaveUsualValues) {
  const auto tenants = parse("tenants:\n  shop:\n  default: {}\n").policy.tenants;
  ASSERT_EQ(tenants.size(), 2U);
  EXPECT_EQ(tenants[0].name, "shop");
  EXPECT_EQ(tenants[0].directory, "/run/shm-exporter/tenants/shop");
  EXPECT_EQ(tenants[0].group, "");
  EXPECT_THAT(tenants[0].jobs, IsEmpty());
  EXPECT_FALSE(tenants[0].max_series);
  EXPECT_FALSE(tenants[0].max_segments);
  // Where segments are on hosts without tenants.
  EXPECT_EQ(tenants[1].directory, "/run/shm-exporter/segments");
}

TEST(TenantSettings, AreKept) {
  const Settings settings = parse(
      "tenants:\n"
      "  shop:\n"
      "    directory: /srv//./shop/\n"
      "    group: shop-writers\n"
      "    jobs: [orders, 'cart-*', '*']\n"
      "    max_series: 5000\n"
      "    max_segments: 20\n"
      "    otlp:\n"
      "      endpoint: https://a:4318\n"
      "      headers: {authorization: Bearer x}\n");
  const auto& tenants = settings.policy.tenants;
  ASSERT_EQ(tenants.size(), 1U);
  EXPECT_EQ(tenants[0].directory, "/srv/shop");
  EXPECT_EQ(tenants[0].group, "shop-writers");
  EXPECT_THAT(tenants[0].jobs, ElementsAre("orders", "cart-*", "*"));
  EXPECT_EQ(tenants[0].max_series, 5000U);
  EXPECT_EQ(tenants[0].max_segments, 20U);
  ASSERT_THAT(settings.tenant_otlp, ElementsAre(Pair("shop", testing::SizeIs(2))));
  const OtlpValues& otlp = settings.tenant_otlp.at("shop");
  EXPECT_EQ(otlp.at("endpoint").text, "https://a:4318");
  EXPECT_EQ(otlp.at("endpoint").place, "a.yml:9:17");
  EXPECT_THAT(otlp.at("headers").pairs, ElementsAre(Pair("authorization", "Bearer x")));
  EXPECT_THAT(settings.otlp, IsEmpty());
}

TEST(TenantSettings, NamesAreDirectoriesAndLabelValues) {
  const std::string longest(63, 'a');
  EXPECT_EQ(parse("tenants: {0-a_b: , " + longest + ": }").policy.tenants.size(), 2U);
}

TEST(ServiceIdentities, AreKeptByJob) {
  const Settings settings = parse(
      "service_identities:\n"
      "  authorities: /etc/ca.pem\n"
      "  jobs:\n"
      "    orders: {san_uri: 'spiffe://a/orders', issuer: 'CN=ca', subject: 'CN=o'}\n"
      "    carts: {san_dns: carts.example}\n");
  EXPECT_EQ(settings.policy.service_authorities, "/etc/ca.pem");
  EXPECT_THAT(settings.files,
              ElementsAre(AllOf(Field(&NamedFile::kind, NamedFile::Kind::authorities),
                                Field(&NamedFile::path, "/etc/ca.pem"),
                                Field(&NamedFile::place, "a.yml:2:16: authorities"))));
  const auto& jobs = settings.policy.service_identities;
  ASSERT_EQ(jobs.size(), 2U);
  EXPECT_EQ(jobs.at("orders").san_uri, "spiffe://a/orders");
  EXPECT_EQ(jobs.at("orders").issuer, "CN=ca");
  EXPECT_EQ(jobs.at("orders").subject, "CN=o");
  EXPECT_EQ(jobs.at("carts").san_dns, "carts.example");
}

struct Mistake {
  std::string text;
  const char* told;
};

class WrongPolicy : public testing::TestWithParam<Mistake> {};

TEST_P(WrongPolicy, IsAnErrorWithItsPlace) {
  const auto settings = parse_settings(GetParam().text, "a.yml", nobody);
  ASSERT_FALSE(settings.ok());
  EXPECT_THAT(settings.error().message, HasSubstr(GetParam().told));
}

INSTANTIATE_TEST_SUITE_P(
    Table, WrongPolicy,
    testing::Values(
        Mistake{"tenants: [shop]", "a.yml:1:10: expected a map of tenants"},
        Mistake{"tenants:\n  Shop: {}", "a.yml:2:3: expected a tenant's name"},
        Mistake{"tenants:\n  -shop: {}", "a.yml:2:3: expected a tenant's name"},
        Mistake{"tenants:\n  ..: {}", "a.yml:2:3: expected a tenant's name"},
        Mistake{"tenants:\n  a/b: {}", "a.yml:2:3: expected a tenant's name"},
        Mistake{"tenants:\n  '': {}", "a.yml:2:3: expected a tenant's name"},
        Mistake{"tenants:\n  " + std::string(64, 'a') + ": {}", "a.yml:2:3: expected a tenant's"},
        Mistake{"tenants:\n  a: {}\n  a: {}", "a.yml:3:3: expected each key once, found a again"},
        Mistake{"tenants:\n  a: 1", "a.yml:2:6: expected a map of settings of tenant a"},
        Mistake{"tenants:\n  a: {job: [b]}",
                "a.yml:2:7: expected directory, group, jobs, max_series, max_segments or otlp"},
        Mistake{"tenants:\n  a: {directory: srv/a}",
                "a.yml:2:18: expected a path that begins with / for directory, found srv/a"},
        Mistake{"tenants:\n  a: {directory: \"/a\\0b\"}", "a.yml:2:18: expected a value that is"},
        Mistake{"tenants:\n  a: {group: ''}", "a.yml:2:14: expected a value that is not empty"},
        Mistake{"tenants:\n  a: {jobs: b}", "a.yml:2:13: expected a list for jobs"},
        Mistake{"tenants:\n  a: {jobs: ['']}", "a.yml:2:14: expected a value that is not empty"},
        Mistake{"tenants:\n  a: {jobs: ['*b']}", "a.yml:2:14: expected a job's name, or its"},
        Mistake{"tenants:\n  a: {jobs: ['b**']}", "a.yml:2:14: expected a job's name, or its"},
        Mistake{"tenants:\n  a: {jobs: [b, b]}", "a.yml:2:17: expected each of jobs once, found b"},
        Mistake{"tenants:\n  a: {jobs: [[b]]}", "a.yml:2:14: expected one value for each of jobs"},
        Mistake{"tenants:\n  a: {max_series: 0}", "a.yml:2:19: expected 1 to 10000000"},
        Mistake{"tenants:\n  a: {max_series: 10000001}", "a.yml:2:19: expected 1 to 10000000"},
        Mistake{"tenants:\n  a: {max_segments: many}", "found many"},
        Mistake{"tenants:\n  a: {otlp: {endpiont: b}}", "a.yml:2:14: expected disabled, exporter,"},
        Mistake{"tenants:\n  a: {directory: /t}\n  b: {directory: /t/}",
                "a.yml:3:3: expected a directory for tenant b that is apart from that of tenant a, "
                "found /t and /t"},
        Mistake{"tenants:\n  a: {directory: /t}\n  b: {directory: /t/b}", "found /t/b and /t"},
        Mistake{"tenants:\n  a: {directory: /t/a/x}\n  b: {directory: /t/a}",
                "found /t/a and /t/a/x"},
        Mistake{"tenants:\n  a: {directory: /t/../u}\n  b: {directory: /u}", "found /u and /u"},
        Mistake{"service_identities: {ca: /a}", "a.yml:1:22: expected authorities or jobs"},
        Mistake{"service_identities: {authorities: a}", "a.yml:1:35: expected a path that begins"},
        Mistake{"service_identities: {jobs: {a: {}}}",
                "a.yml:1:32: expected san_uri, san_dns, issuer or subject for a"},
        Mistake{"service_identities: {jobs: {a: {san: b}}}", "a.yml:1:33: expected san_uri,"},
        Mistake{"service_identities: {jobs: {a: {san_dns: }}}", "a.yml:1:33: expected one value"}));

TEST(TenantSettings, DirectoriesThatBeginAlikeAreApart) {
  EXPECT_EQ(parse("tenants: {a: {directory: /t/a}, b: {directory: /t/ab}}").policy.tenants.size(),
            2U);
}

TEST(TenantSettings, ThatAreMoreThanAHostHasAreRefused) {
  std::string text = "tenants:\n";
  for (int i = 0; i <= 1'000; ++i) {
    text += "  t" + std::to_string(i) + ":\n";
  }
  const auto settings = parse_settings(text, "a.yml", nobody);
  ASSERT_FALSE(settings.ok());
  EXPECT_THAT(settings.error().message, HasSubstr("a.yml:1002:3: expected 1000 tenants at most"));
}

}  // namespace
}  // namespace shmx::config
