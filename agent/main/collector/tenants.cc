// See tenants.h.
#include "agent/main/collector/tenants.h"

#include <algorithm>
#include <cstdint>

#include "agent/model/model.h"

namespace shmx {
namespace {

/// `pattern` is a name, or a prefix and *.
bool matches(std::string_view pattern, std::string_view job) {
  if (pattern.ends_with('*')) {
    pattern.remove_suffix(1);
    return job.starts_with(pattern);
  }
  return job == pattern;
}

/// As YAML and JSON write it.
std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  model::append_escaped(out, text);
  return out + '"';
}

}  // namespace

Tenants::Tenants(const std::vector<identity::Tenant>& tenants,
                 const std::vector<std::string>& directories)
    : tenants_(tenants) {
  for (std::size_t i = 0; i < tenants_.size(); ++i) {
    add_directory(tenants_[i].directory, i);
  }
  if (tenants_.empty()) {
    tenants_.push_back({});
  }
  const bool has_default = std::ranges::any_of(tenants_, [](const identity::Tenant& tenant) {
    return tenant.name == identity::kDefaultTenant;
  });
  if (defined() && !has_default && !directories.empty()) {
    tenants_.push_back({std::string(identity::kDefaultTenant), directories.front()});
  }
  const std::string_view name = defined() ? identity::kDefaultTenant : "";
  for (const std::string& directory : directories) {
    add_directory(directory, static_cast<std::size_t>(&named(name) - tenants_.data()));
  }
}

/// One that is there already keeps its tenant.
void Tenants::add_directory(const std::string& path, std::size_t tenant) {
  if (std::ranges::find(directories_, path) == directories_.end()) {
    directories_.push_back(path);
    shares_.push_back(tenant);
  }
}

/// Of those that there are.
identity::Tenant& Tenants::named(std::string_view name) {
  return *std::ranges::find(tenants_, name, &identity::Tenant::name);
}

bool Tenants::may_claim(std::size_t directory, std::string_view job) const {
  const std::vector<std::string>& jobs = of(directory).jobs;
  return jobs.empty() || std::ranges::any_of(jobs, [job](const std::string& pattern) {
           return matches(pattern, job);
         });
}

std::string Tenants::admitting(std::size_t directory, std::string_view job) const {
  std::string line = "tenants: {" + name_of(directory) + ": {jobs: [";
  for (const std::string& pattern : of(directory).jobs) {
    line += in_quotes(pattern) + ", ";
  }
  return line + in_quotes(job) + "]}}";
}

std::vector<std::string> Tenants::names() const {
  std::vector<std::string> names;
  for (const identity::Tenant& tenant : tenants_) {
    names.push_back(tenant.name);
  }
  return names;
}

std::vector<std::optional<std::size_t>> Tenants::max_segments() const {
  std::vector<std::optional<std::size_t>> all;
  for (const identity::Tenant& tenant : tenants_) {
    all.push_back(tenant.max_segments);
  }
  return all;
}

std::map<std::string, aggregate::TenantLimits> Tenants::limits() const {
  std::map<std::string, aggregate::TenantLimits> limits;
  if (defined()) {
    for (const identity::Tenant& tenant : tenants_) {
      limits[tenant.name].series = tenant.max_series.value_or(SIZE_MAX);
    }
  }
  return limits;
}

void Tenants::use_jobs(const std::vector<identity::Tenant>& tenants) {
  for (const identity::Tenant& tenant : tenants) {
    for (identity::Tenant& known : tenants_) {
      if (known.name == tenant.name) {
        known.jobs = tenant.jobs;
      }
    }
  }
}

}  // namespace shmx
