// The policy in the configuration file: who may publish as whom. Who may see what is in
// reader_settings.cc.
#include "agent/config/settings_reading.h"
#include "agent/config/tenant_directories.h"
#include "shm/descriptor.h"

namespace shmx::config {
namespace {

/// A tenant is the name of a directory and the value of a label: what needs no quoting in either.
constexpr std::string_view kTenantCharacters = "abcdefghijklmnopqrstuvwxyz0123456789_-";
constexpr std::size_t kMostTenantBytes = 63;  // As a DNS label, which some make of it.

/// More series of one tenant are a mistake: no page of that size is scraped in time.
constexpr std::uint64_t kMostSeries = 10'000'000;
/// A process has one segment or a few; a host has not more processes than this (kernel.pid_max).
constexpr std::uint64_t kMostSegments = 4'194'304;

struct TenantReading {
  SettingsReading& all;
  identity::Tenant tenant;
};

bool is_tenant_name(std::string_view name) {
  return !name.empty() && name.size() <= kMostTenantBytes && name.front() != '_' &&
         name.front() != '-' && name.find_first_not_of(kTenantCharacters) == std::string_view::npos;
}

// Names, and prefixes that end in an asterisk.
std::vector<std::string> job_patterns_in(const Entry& jobs) {
  for (const Entry& job : elements_of(jobs)) {
    const std::string pattern = name_in(job);
    if (!is_utf8(pattern) || pattern.find('*') < pattern.size() - 1) {
      throw Mistake{job.mark(), "expected a job's name, or its beginning and one * at the end" +
                                    found(pattern)};
    }
  }
  return names_in(jobs);
}

constexpr Field<TenantReading> kTenantFields[] = {
    {"directory",
     [](const Entry& entry, TenantReading& reading) {
       reading.tenant.directory = normal_directory(absolute_path_in(entry));
     }},
    {"group",
     [](const Entry& entry, TenantReading& reading) { reading.tenant.group = name_in(entry); }},
    {"jobs", [](const Entry& entry,
                TenantReading& reading) { reading.tenant.jobs = job_patterns_in(entry); }},
    {"max_series",
     [](const Entry& entry, TenantReading& reading) {
       reading.tenant.max_series = number_in(entry, kNoUnit, 1, kMostSeries, "1 to 10000000");
     }},
    {"max_segments",
     [](const Entry& entry, TenantReading& reading) {
       reading.tenant.max_segments = number_in(entry, kNoUnit, 1, kMostSegments, "1 to 4194304");
     }},
    {"otlp",
     [](const Entry& entry, TenantReading& reading) {
       reading.all.settings.tenant_otlp[reading.tenant.name] =
           otlp_values_in(entry, reading.all.name);
     }},
};

void read_tenant(const Entry& entry, SettingsReading& reading) {
  if (!is_tenant_name(entry.key)) {
    throw Mistake{entry.key_mark,
                  "expected a tenant's name of a-z, 0-9, - and _, 63 at most, that begins with a "
                  "letter or a digit" +
                      found(entry.key)};
  }
  TenantReading one{reading, {entry.key, usual_directory(entry.key)}};
  if (!entry.value.IsNull()) {  // `shop:` alone has all that is usual.
    read_fields(entry, "settings of tenant " + entry.key, kTenantFields, one);
  }
  for (const identity::Tenant& other : reading.settings.policy.tenants) {
    if (is_within(one.tenant.directory, other.directory) ||
        is_within(other.directory, one.tenant.directory)) {
      throw Mistake{entry.key_mark, "expected a directory for tenant " + entry.key +
                                        " that is apart from that of tenant " + other.name +
                                        ", found " + one.tenant.directory + " and " +
                                        other.directory};
    }
  }
  reading.tenants.insert(entry.key);
  reading.settings.policy.tenants.push_back(std::move(one.tenant));
}

using identity::ServiceIdentity;

constexpr Field<ServiceIdentity> kIdentityFields[] = {
    {"san_uri",
     [](const Entry& entry, ServiceIdentity& identity) { identity.san_uri = name_in(entry); }},
    {"san_dns",
     [](const Entry& entry, ServiceIdentity& identity) { identity.san_dns = name_in(entry); }},
    {"issuer",
     [](const Entry& entry, ServiceIdentity& identity) { identity.issuer = name_in(entry); }},
    {"subject",
     [](const Entry& entry, ServiceIdentity& identity) { identity.subject = name_in(entry); }},
};

void read_identities_of_jobs(const Entry& jobs, SettingsReading& reading) {
  for (const Entry& job : members_of(jobs, "jobs")) {
    ServiceIdentity identity;
    read_fields(job, "what job " + job.key + " presents", kIdentityFields, identity);
    if (identity.san_uri.empty() && identity.san_dns.empty() && identity.issuer.empty() &&
        identity.subject.empty()) {
      throw Mistake{job.mark(), "expected san_uri, san_dns, issuer or subject for " + job.key};
    }
    reading.settings.policy.service_identities.emplace(job.key, std::move(identity));
  }
}

constexpr Field<SettingsReading> kIdentitiesFields[] = {
    {"authorities",
     [](const Entry& entry, SettingsReading& reading) {
       reading.settings.policy.service_authorities = absolute_path_in(entry);
       reading.names_file(entry, reading.settings.policy.service_authorities,
                          NamedFile::Kind::authorities);
     }},
    {"jobs", read_identities_of_jobs},
};

}  // namespace

void read_tenants(const Entry& tenants, SettingsReading& reading) {
  for (const Entry& entry : members_of(tenants, "tenants")) {
    read_tenant(entry, reading);
  }
}

void read_service_identities(const Entry& identities, SettingsReading& reading) {
  read_fields(identities, "service_identities", kIdentitiesFields, reading);
}

}  // namespace shmx::config
