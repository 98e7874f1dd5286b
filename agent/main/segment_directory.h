// The directories where services create their segments.
#ifndef SHM_EXPORTER_AGENT_MAIN_SEGMENT_DIRECTORY_H
#define SHM_EXPORTER_AGENT_MAIN_SEGMENT_DIRECTORY_H

#include <functional>
#include <string>
#include <vector>

#include "agent/identity/policy.h"
#include "shm/result.h"

namespace shmx {

/// Creates the directory, and its parents, if it is missing: mode 3733, so that every process can
/// create its own file and none can list, read, replace or remove another's. One that exists is
/// left as it is.
Result<bool> make_segment_directory(const std::string& path);

/// A tenant's: the same with mode 3730 and the group (name or number) of those who may publish as
/// the tenant; without one, the agent's own. `for_everybody`: mode 3733, as above. One that exists
/// is left as it is, too, but an error says what about it, or about a directory above it, lets
/// others do what the tenant's writers or the agent alone may do, and the command that ends this.
Result<bool> make_tenant_directory(const std::string& path, const std::string& group,
                                   bool for_everybody);

/// All that the agent looks into: the tenants', and `others`, which are the tenant `default`'s if
/// there are tenants. `default` is for everybody unless it has a group. `warn` is told of each that
/// is not as it should be.
void make_segment_directories(const std::vector<identity::Tenant>& tenants,
                              const std::vector<std::string>& others,
                              const std::function<void(const std::string&)>& warn);

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_SEGMENT_DIRECTORY_H
