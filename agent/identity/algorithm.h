// The algorithms that a token may be signed with, and which keys each belongs to.
#ifndef SHM_EXPORTER_AGENT_IDENTITY_ALGORITHM_H
#define SHM_EXPORTER_AGENT_IDENTITY_ALGORITHM_H

#include <string_view>

namespace shmx::identity {

enum class KeyKind { rsa, p256, p384, p521 };

struct Algorithm {
  std::string_view name;  ///< as `alg` has it, case included
  KeyKind kind;           ///< of the keys that sign with it
};

/// RS, PS and ES with 256, 384 and 512 (RFC 7518, section 3.1), and no other: null. What is signed
/// with a shared secret could be forged with the public key, and `none` is not signed.
const Algorithm* algorithm_named(std::string_view name);

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_ALGORITHM_H
