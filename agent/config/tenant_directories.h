// Where tenants' segments are, as text: nothing is looked up, and no symbolic link is followed.
#ifndef SHM_EXPORTER_AGENT_CONFIG_TENANT_DIRECTORIES_H
#define SHM_EXPORTER_AGENT_CONFIG_TENANT_DIRECTORIES_H

#include <string>
#include <string_view>

#include "agent/identity/policy.h"

namespace shmx::config {

/// It needs no policy to be named by readers.
using identity::kDefaultTenant;

/// Of a tenant for which the policy names none.
std::string usual_directory(const std::string& tenant);

/// Without `.`, `..` and slashes that say nothing: paths of one directory are equal then.
std::string normal_directory(const std::string& path);

/// Whether a directory is another, or below it. Both are normal.
bool is_within(std::string_view path, std::string_view directory) noexcept;

}  // namespace shmx::config

#endif  // SHM_EXPORTER_AGENT_CONFIG_TENANT_DIRECTORIES_H
