// What a running agent cannot change, of whole files.
#include "agent/config/start_only.h"

#include <gmock/gmock.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace shmx::config {
namespace {

using ::testing::HasSubstr;

Settings settings_of(const std::string& text) {
  const FindUser nobody = [](const std::string&) { return std::optional<std::uint32_t>(); };
  auto parsed = parse_settings(text, "a.yml", nobody);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return std::move(parsed).value();
}

/// Empty: these may follow each other in a running agent.
std::string change(const std::string& before, const std::string& after) {
  const auto found = start_only_change(settings_of(before), settings_of(after));
  return found ? found->message : "";
}

constexpr char kBefore[] =
    "jobs: {orders: {per_process: true}}\n"
    "otlp: {endpoint: 'http://collector.example', headers: {a: b}}\n"
    "tenants:\n"
    "  shop: {jobs: [orders], max_series: 10, otlp: {endpoint: 'http://a.example'}}\n"
    "  bank: {}\n"
    "anonymous: {operator: true}\n"
    "audit: {directory: /var/lib/audit, key: /etc/audit.key}\n";

std::string with(const std::string& old_part, const std::string& new_part) {
  std::string text = kBefore;
  const std::size_t at = text.find(old_part);
  EXPECT_NE(at, std::string::npos) << old_part;
  return text.replace(at, old_part.size(), new_part);
}

TEST(StartOnly, WhatIsUsedAtOnceMayChange) {
  EXPECT_EQ(change(kBefore, kBefore), "");
  EXPECT_EQ(change(kBefore, with("jobs: [orders]", "jobs: [orders, cart]")), "");
  EXPECT_EQ(change(kBefore, with("anonymous: {operator: true}", "anonymous: {tenants: [shop]}")),
            "");
  EXPECT_EQ(change(kBefore, with("per_process: true", "per_process: true, process_metrics: true")),
            "");
}

TEST(StartOnly, WhereAndInWhichOrderThingsStandMayChange) {
  EXPECT_EQ(change(kBefore, std::string("# a comment\n\n") + kBefore), "");
  EXPECT_EQ(change("tenants: {shop: {}, bank: {}}\nanonymous: {tenants: []}\n",
                   "tenants: {bank: {}, shop: {}}\nanonymous: {tenants: []}\n"),
            "");
}

TEST(StartOnly, WhatIsReadAtTheStartMayNot) {
  const struct {
    const char* old_part;
    const char* new_part;
    const char* named;
  } cases[] = {
      {"  bank: {}\n", "", "tenants, "},
      {"  bank: {}\n", "  bank: {group: tellers}\n", "tenants, "},
      {"  bank: {}\n", "  bank: {directory: /run/bank}\n", "tenants, "},
      {"  bank: {}\n", "  bank: {max_segments: 5}\n", "tenants, "},
      {"max_series: 10", "max_series: 11", "tenants, "},
      {"per_process: true", "per_process: false", "per_process of jobs "},
      {"headers: {a: b}", "headers: {a: c}", "otlp is "},
      {"'http://collector.example'", "nonsense", "otlp is "},
      {"'http://a.example'", "'http://b.example'", "otlp of tenants "},
      {"/etc/audit.key}", "/etc/audit.key, required: true}", "audit "},
      {"/etc/audit.key}", "/etc/other.key}", "audit "},
  };
  for (const auto& one : cases) {
    const std::string found = change(kBefore, with(one.old_part, one.new_part));
    EXPECT_EQ(found.find(one.named), 0) << one.new_part << ": " << found;
    EXPECT_THAT(found, HasSubstr("restart it to change that"));
  }
}

TEST(StartOnly, ReadersStayLimitedWhateverTheFileSays) {
  const std::string limited = "readers: [{common_name: prometheus, operator: true}]\n";
  EXPECT_THAT(change(limited, ""), HasSubstr("whether readers are limited"));
  EXPECT_THAT(change("", limited), HasSubstr("whether readers are limited"));
  EXPECT_EQ(change(limited, "anonymous: {tenants: []}\n"), "");
}

web::Config with_tls(web::ClientAuth auth, std::vector<std::string> sans = {}) {
  web::Config config;
  config.tls.emplace();
  config.tls->client_auth = auth;
  config.tls->client_allowed_sans = std::move(sans);
  return config;
}

TEST(StartOnly, NoDoorIsOpenedButOthersAreClosed) {
  using enum web::ClientAuth;
  const web::Config open;
  web::Config users;
  users.users = {{"root", "a hash"}};
  web::Config other_users;
  other_users.users = {{"alice", "a hash"}};
  const struct {
    const web::Config& closed;
    const web::Config& open;
    const char* named;
  } cases[] = {
      {users, open, "basic_auth_users"},
      {with_tls(no_client_cert), open, "TLS"},
      {with_tls(require_any_client_cert), with_tls(request_client_cert), "a required client"},
      {with_tls(require_and_verify_client_cert), with_tls(no_client_cert), "a required client"},
      {with_tls(verify_client_cert_if_given, {"a"}), with_tls(verify_client_cert_if_given),
       "client_allowed_sans"},
  };
  for (const auto& one : cases) {
    const auto opened = start_only_change(one.closed, one.open);
    ASSERT_TRUE(opened) << one.named;
    EXPECT_EQ(opened->message.find(one.named), 0) << opened->message;
    EXPECT_FALSE(start_only_change(one.open, one.closed)) << one.named;
    EXPECT_FALSE(start_only_change(one.closed, one.closed)) << one.named;
  }
  EXPECT_FALSE(start_only_change(users, other_users));
}

}  // namespace
}  // namespace shmx::config
