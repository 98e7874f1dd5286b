// The pushes of tenants: each from the file alone, with nothing of the agent's.
#include <gmock/gmock.h>

#include "agent/config/otlp_settings.h"

namespace shmx::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;

Settings parse(const std::string& text) {
  auto settings = parse_settings(text, "a.yml");
  EXPECT_TRUE(settings.ok()) << settings.error().message;
  return settings ? settings.value() : Settings{};
}

TEST(TenantOtlp, IsEachTenantsOwn) {
  const auto all = tenant_otlp_settings(
      {},
      parse("jobs: {orders: {per_process: true}}\n"
            "otlp: {endpoint: 'http://agent', headers: {authorization: agents}}\n"
            "tenants:\n"
            "  shop: {otlp: {endpoint: 'http://shop', headers: {authorization: shops}}}\n"
            "  bank: {otlp: {endpoint: 'http://bank:4317', protocol: grpc}}\n"
            "  club:\n"),
      "host1");
  ASSERT_TRUE(all.ok()) << all.error().message;
  ASSERT_THAT(all.value(), ElementsAre(Key("bank"), Key("shop")));
  const auto& shop = all.value().at("shop").push;
  ASSERT_TRUE(shop);
  EXPECT_EQ(shop->url, "http://shop/v1/metrics");
  EXPECT_THAT(shop->headers, ElementsAre(push::Header{"authorization", "shops"}));
  EXPECT_THAT(shop->mapping.per_process_jobs, ElementsAre("orders"));
  EXPECT_EQ(shop->mapping.instance, "host1");
  const auto& bank = all.value().at("bank").push;
  ASSERT_TRUE(bank);
  EXPECT_EQ(bank->url, "http://bank:4317");
  EXPECT_THAT(bank->headers, IsEmpty());
}

TEST(TenantOtlp, IsOffWhereAVariableTurnsPushingOffAndHeedsNoOther) {
  const Settings file = parse(
      "tenants: {shop: {otlp: {endpoint: 'http://shop'}}, "
      "bank: {otlp: {endpoint: 'http://bank', disabled: true}}}");
  const auto pushing = [&](const Environment& environment) {
    const auto all = tenant_otlp_settings(environment, file, "");
    std::vector<std::string> tenants;
    for (const auto& [tenant, own] : all.value()) {
      EXPECT_THAT(own.warnings, IsEmpty());
      if (own.push) tenants.push_back(tenant);
    }
    return tenants;
  };
  EXPECT_THAT(pushing({{"OTEL_SDK_DISABLED", "true"}}), IsEmpty());
  EXPECT_THAT(pushing({{"OTEL_METRICS_EXPORTER", "none"}}), IsEmpty());
  EXPECT_THAT(pushing({{"OTEL_SDK_DISABLED", "false"},
                       {"OTEL_METRICS_EXPORTER", "otlp"},
                       {"OTEL_EXPORTER_OTLP_PROTOCOL", "nonsense"}}),
              ElementsAre("shop"));
  EXPECT_THAT(pushing({{"OTEL_SDK_DISABLED", "yes"}}), ElementsAre("shop"));
}

TEST(TenantOtlp, WithoutAnEndpointIsOffWithAWarning) {
  const auto all = tenant_otlp_settings({}, parse("tenants: {shop: {otlp: {interval: 5s}}}"), "");
  ASSERT_TRUE(all.ok());
  EXPECT_FALSE(all.value().at("shop").push);
  EXPECT_THAT(all.value().at("shop").warnings,
              ElementsAre("OTLP push of tenant shop is off, for it has no endpoint: set "
                          "tenants.shop.otlp.endpoint"));
}

TEST(TenantOtlp, ThatIsWrongIsAnErrorWithItsPlace) {
  const auto all = tenant_otlp_settings({}, parse("tenants: {shop: {otlp: {interval: 5}}}"), "");
  ASSERT_FALSE(all.ok());
  EXPECT_THAT(all.error().message,
              HasSubstr("tenant shop: a.yml:1:35: interval: expected a duration"));
}

}  // namespace
}  // namespace shmx::config
