// The directories where services create their segments.
#ifndef SHM_EXPORTER_AGENT_MAIN_SEGMENT_DIRECTORY_H
#define SHM_EXPORTER_AGENT_MAIN_SEGMENT_DIRECTORY_H

#include <string>

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

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_SEGMENT_DIRECTORY_H
