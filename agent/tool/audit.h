// shmtool audit verify: is this log what the agent wrote?
#ifndef SHM_EXPORTER_AGENT_TOOL_AUDIT_H
#define SHM_EXPORTER_AGENT_TOOL_AUDIT_H

#include <string>
#include <vector>

#include "agent/audit/verify.h"
#include "shm/result.h"

namespace shmx::tool {

struct AuditFlags {
  std::vector<std::string> paths{};      ///< one directory, or files
  std::vector<std::string> key_files{};  ///< public keys, PEM
  std::vector<std::string> key_ids{};
  std::vector<std::string> anchors{};
};

/// SEQ:HEX, 13 hex digits with or without 0x, or RECORDS=PREFIX, as the gauges on /metrics show it.
/// The two signs tell the two apart: 13 digits may be either.
Result<audit::Anchor> parse_anchor(const std::string& text);

/// Prints what was verified, or on standard error what is wrong; returns the exit code.
int verify_audit(const AuditFlags& flags);

}  // namespace shmx::tool

#endif  // SHM_EXPORTER_AGENT_TOOL_AUDIT_H
