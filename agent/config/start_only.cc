#include "agent/config/start_only.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

namespace shmx::config {
namespace {

/// Of the tenants what their places and budgets are made of; the order in the file is nobody's.
auto places_of(const Settings& settings) {
  using Place =
      std::tuple<std::string, std::string, std::optional<std::size_t>, std::optional<std::size_t>>;
  std::map<std::string, Place> places;
  for (const identity::Tenant& tenant : settings.policy.tenants) {
    places[tenant.name] = {tenant.directory, tenant.group, tenant.max_series, tenant.max_segments};
  }
  return places;
}

/// Where a value stands is no part of it.
bool same_values(const OtlpValues& a, const OtlpValues& b) {
  return std::ranges::equal(a, b, [](const auto& one, const auto& other) {
    return one.first == other.first && one.second.text == other.second.text &&
           one.second.pairs == other.second.pairs;
  });
}

bool same_tenant_values(const Settings& a, const Settings& b) {
  return std::ranges::equal(a.tenant_otlp, b.tenant_otlp, [](const auto& one, const auto& other) {
    return one.first == other.first && same_values(one.second, other.second);
  });
}

struct Part {
  std::string_view name;  ///< the beginning of a sentence
  bool (*is_same)(const Settings& started, const Settings& next);
};

constexpr Part kParts[] = {
    {"tenants, their directories, groups and limits are",
     [](const Settings& a, const Settings& b) { return places_of(a) == places_of(b); }},
    // The feed's socket is made for all users, who are judged, or for one.
    {"whether readers are limited (readers, anonymous or tenants are there) is",
     [](const Settings& a, const Settings& b) {
       return a.policy.limits_readers() == b.policy.limits_readers();
     }},
    {"per_process of jobs is",
     [](const Settings& a, const Settings& b) { return a.per_process_jobs == b.per_process_jobs; }},
    {"otlp is", [](const Settings& a, const Settings& b) { return same_values(a.otlp, b.otlp); }},
    {"otlp of tenants is", same_tenant_values},
    {"audit is", [](const Settings& a, const Settings& b) { return a.audit == b.audit; }},
};

struct Demand {
  std::string_view name;
  bool (*is_made)(const web::Config& config);
};

constexpr Demand kDemands[] = {
    {"TLS", [](const web::Config& config) { return config.tls.has_value(); }},
    {"basic_auth_users", [](const web::Config& config) { return !config.users.empty(); }},
    {"a required client certificate",
     [](const web::Config& config) {
       return config.tls && requires_certificate(config.tls->client_auth);
     }},
    {"client_allowed_sans",
     [](const web::Config& config) {
       return config.tls && !config.tls->client_allowed_sans.empty();
     }},
};

}  // namespace

std::optional<Error> start_only_change(const Settings& started, const Settings& next) {
  const auto* const part = std::ranges::find_if(
      kParts, [&](const Part& candidate) { return !candidate.is_same(started, next); });
  if (part == std::end(kParts)) {
    return {};
  }
  return Error{std::string(part->name) +
               " as when the agent started; restart it to change that, or undo the change"};
}

std::optional<Error> start_only_change(const web::Config& before, const web::Config& next) {
  const auto* const lost = std::ranges::find_if(kDemands, [&](const Demand& demand) {
    return demand.is_made(before) && !demand.is_made(next);
  });
  if (lost == std::end(kDemands)) {
    return {};
  }
  return Error{std::string(lost->name) +
               " would be demanded no more, as where a file is half written; restart the agent to "
               "do without"};
}

}  // namespace shmx::config
