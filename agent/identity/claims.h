// The claims of a token whose signature was verified (RFC 7519, section 4.1).
#ifndef SHM_EXPORTER_AGENT_IDENTITY_CLAIMS_H
#define SHM_EXPORTER_AGENT_IDENTITY_CLAIMS_H

#include <cstdint>

#include "agent/identity/policy.h"
#include "agent/identity/token.h"
#include "shm/result.h"

struct json_t;

namespace shmx::identity {

/// A problem: not for the issuer's audience, expired, not yet valid, issued in the future, or one
/// of the times is no whole number of seconds from 1970 to 9999; `exp` is required. A skew beyond
/// 300 s counts as 300 s.
Result<Claims, TokenProblem> accepted_claims(const json_t& payload, const Issuer& issuer,
                                             std::int64_t now_unix_s);

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_CLAIMS_H
