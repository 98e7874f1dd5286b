// Whether the certificate that a service presents is the one that the policy expects of its job.
#ifndef SHM_EXPORTER_AGENT_IDENTITY_SERVICE_IDENTITY_H
#define SHM_EXPORTER_AGENT_IDENTITY_SERVICE_IDENTITY_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/identity/authorities.h"
#include "agent/identity/policy.h"

namespace shmx::identity {

struct IdentityMismatch {
  std::string reason;  ///< not_presented, san_uri, san_dns, issuer, subject, or that of an
                       ///< Authorities::Problem: a metric's label
  std::string detail;  ///< expected and presented, for the log
};

/// The first thing that does not fit, of the chain in `presented_pem` (empty: the service presents
/// none). What `expected` leaves empty is not compared; without `authorities` (null) the chain is
/// not verified. Names come first: that of another service says more than that its chain has
/// expired.
std::optional<IdentityMismatch> mismatch_of(const ServiceIdentity& expected,
                                            std::string_view presented_pem,
                                            const Authorities* authorities,
                                            std::int64_t now_unix_s);

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_SERVICE_IDENTITY_H
