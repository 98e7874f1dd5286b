// Reads the end of a log that is there, to go on with it.
#ifndef SHM_EXPORTER_AGENT_AUDIT_RESUME_H
#define SHM_EXPORTER_AGENT_AUDIT_RESUME_H

#include <cstdint>
#include <string>

#include "agent/audit/chain.h"
#include "agent/audit/directory.h"
#include "shm/result.h"

namespace shmx::audit {

/// The end of a log: zeros when there is none.
struct LogEnd {
  Position position{};
  std::string key_id{};           ///< of the key that signs; empty: there is no record
  std::uint64_t file_number = 0;  ///< the last file
  std::uint64_t file_bytes = 0;   ///< of it, that are lines
  std::string torn{};             ///< what follows them: a line without an end
};

/// The last file that has records is verified as a whole (it is bounded by max_file_bytes). Error:
/// it is not what a log's writer leaves behind, even when killed; which line, and what to do.
Result<LogEnd> read_end(const Directory& directory);

}  // namespace shmx::audit

#endif  // SHM_EXPORTER_AGENT_AUDIT_RESUME_H
