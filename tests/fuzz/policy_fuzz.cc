// shm-exporter.yml: whatever it says, it is refused with a place, or is a policy that holds
// together.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "agent/config/settings.h"
#include "tests/fuzz/judge.h"

namespace {

using shmx::fuzz::demand;
using shmx::identity::Policy;

std::optional<std::uint32_t> one_user(const std::string& name) {
  return name == "shop" ? std::optional<std::uint32_t>(7) : std::nullopt;
}

bool is_printable(const std::string& text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < ' '; });
}

void judge_scope(const Policy& policy, const shmx::model::Scope& scope) {
  demand(!scope.everything || scope.tenants.empty(), "everything, or some tenants");
  demand(std::ranges::is_sorted(scope.tenants), "tenants that can be searched");
  for (const std::string& tenant : scope.tenants) {
    demand(tenant == "default" ||
               std::ranges::find(policy.tenants, tenant, &shmx::identity::Tenant::name) !=
                   policy.tenants.end(),
           "tenants that are defined");
  }
}

void judge_policy(const Policy& policy) {
  for (const auto& tenant : policy.tenants) {
    demand(tenant.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") ==
                   std::string::npos &&
               !tenant.name.empty() && tenant.name.size() <= 63,
           "a name for a directory");
    demand(tenant.directory.starts_with('/') && tenant.directory.find("/../") == std::string::npos,
           "a directory of its own");
  }
  for (const auto& reader : policy.readers) {
    judge_scope(policy, reader.scope);
  }
  if (policy.anonymous) {
    judge_scope(policy, *policy.anonymous);
  }
  for (const auto& issuer : policy.issuers) {
    demand(!issuer.audience.empty(), "an audience");
    demand(issuer.keys.starts_with('/') || issuer.keys.starts_with("https://"), "keys to be had");
    demand(issuer.clock_skew.count() >= 0 && issuer.clock_skew.count() <= 300, "a bounded skew");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto settings = shmx::config::parse_settings(text, "a.yml", one_user);
  if (!settings) {
    demand(settings.error().message.starts_with("a.yml:"), "the place of a mistake");
    demand(is_printable(settings.error().message), "a message for terminals");
    return 0;
  }
  judge_policy(settings.value().policy);
  const auto& audit = settings.value().audit;
  demand(audit.directory.empty() == audit.key_file.empty(), "an audit log with a key");
  demand(audit.max_total_bytes >= 2 * audit.max_file_bytes, "an audit log of two files");
  return 0;
}
