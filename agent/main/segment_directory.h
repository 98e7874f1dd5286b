// The directory where services create their segments.
#ifndef SHM_EXPORTER_AGENT_MAIN_SEGMENT_DIRECTORY_H
#define SHM_EXPORTER_AGENT_MAIN_SEGMENT_DIRECTORY_H

#include <string>

#include "shm/result.h"

namespace shmx {

/// Creates the directory, and its parents, if it is missing: mode 3733, so that every process can
/// create its own file and none can list, read, replace or remove another's. One that exists is
/// left as it is.
Result<bool> make_segment_directory(const std::string& path);

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_SEGMENT_DIRECTORY_H
