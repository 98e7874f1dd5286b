// Whose segments a directory holds, and which jobs these may claim: the part of the policy that the
// collector acts on. A segment's tenant is the directory that it was found in, never what its bytes
// say. Not thread-safe.
#ifndef SHM_EXPORTER_AGENT_MAIN_COLLECTOR_TENANTS_H
#define SHM_EXPORTER_AGENT_MAIN_COLLECTOR_TENANTS_H

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/aggregate/aggregator.h"
#include "agent/identity/policy.h"

namespace shmx {

class Tenants {
 public:
  /// `directories` are those of the tenant `default`, whether the policy says more of it or not;
  /// all there are when there are no tenants, and then there is one without a name that may claim
  /// all.
  Tenants(const std::vector<identity::Tenant>& tenants,
          const std::vector<std::string>& directories);

  bool defined() const noexcept { return !tenants_.front().name.empty(); }

  /// The directories of all, each once: a number is a place in here.
  const std::vector<std::string>& directories() const noexcept { return directories_; }

  /// Which tenant a directory is of, as a number from 0 on: its share of what the agent can hold.
  const std::vector<std::size_t>& shares() const noexcept { return shares_; }

  const std::string& name_of(std::size_t directory) const { return of(directory).name; }
  bool may_claim(std::size_t directory, std::string_view job) const;

  /// What of the policy would admit the job.
  std::string admitting(std::size_t directory, std::string_view job) const;

  /// In the order of shares.
  std::vector<std::string> names() const;
  std::vector<std::optional<std::size_t>> max_segments() const;

  /// By name; empty unless tenants are defined.
  std::map<std::string, aggregate::TenantLimits> limits() const;

  /// From now on the jobs lists are these. Nothing else changes before the agent's next start, and
  /// a tenant that is not named keeps its own.
  void use_jobs(const std::vector<identity::Tenant>& tenants);

 private:
  const identity::Tenant& of(std::size_t directory) const { return tenants_[shares_[directory]]; }
  identity::Tenant& named(std::string_view name);
  void add_directory(const std::string& path, std::size_t tenant);

  std::vector<identity::Tenant> tenants_;
  std::vector<std::string> directories_;
  std::vector<std::size_t> shares_;
};

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_COLLECTOR_TENANTS_H
