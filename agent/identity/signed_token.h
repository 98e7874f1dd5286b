// A token in compact form (RFC 7515, section 7.1), taken apart. Nothing of it is verified yet.
#ifndef SHM_EXPORTER_AGENT_IDENTITY_SIGNED_TOKEN_H
#define SHM_EXPORTER_AGENT_IDENTITY_SIGNED_TOKEN_H

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "agent/identity/algorithm.h"
#include "agent/identity/strict_json.h"
#include "agent/identity/token.h"
#include "shm/result.h"

namespace shmx::identity {

struct SignedToken {
  const Algorithm* algorithm = nullptr;  ///< never null
  std::optional<std::string> kid{};
  Json payload;  ///< an object
  std::size_t signature_bytes = 0;
};

/// Refuses what is not signed with an algorithm of the list, is encrypted, nested or of another
/// type than a JWT or an access token, needs extensions (`crit`), or could be read in two ways.
/// What the header says of where its key is (jku, x5u, jwk, x5c) is not looked at.
Result<SignedToken, TokenProblem> take_apart(std::string_view token);

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_SIGNED_TOKEN_H
