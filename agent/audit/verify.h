// Verifies the files of a log, for an auditor: shmtool audit verify. Streams, in bounded memory.
#ifndef SHM_EXPORTER_AGENT_AUDIT_VERIFY_H
#define SHM_EXPORTER_AGENT_AUDIT_VERIFY_H

#include <cstdint>
#include <string>
#include <vector>

#include "agent/audit/verifier.h"
#include "shm/result.h"

namespace shmx::audit {

/// A head that was noted outside the host: the record `seq` had a hash that begins with these 52
/// bits (Head in log.h).
struct Anchor {
  std::uint64_t seq = 0;
  std::uint64_t prefix = 0;
};

struct VerifyOptions {
  /// One directory of a log, which must be whole, or files of one in their order.
  std::vector<std::string> paths{};
  std::vector<std::string> trusted_key_ids{};  ///< see Verifier
  std::vector<Anchor> anchors{};
};

struct VerifyReport {
  Verified chain{};
  std::uint64_t files = 0;
  std::uint64_t torn_bytes = 0;  ///< at the end: a line that has no end
  std::vector<Anchor> matched{};
  std::vector<Anchor> unmatched{};  ///< older than what is left: they say nothing
};

/// Error: FILE:LINE and what is wrong there, or what is missing.
Result<VerifyReport> verify(const VerifyOptions& options);

}  // namespace shmx::audit

#endif  // SHM_EXPORTER_AGENT_AUDIT_VERIFY_H
