// What a key set holds, for the files of this room that verify with it and that renew it.
#ifndef SHM_EXPORTER_AGENT_IDENTITY_KEY_SET_H
#define SHM_EXPORTER_AGENT_IDENTITY_KEY_SET_H

#include <vector>

#include "agent/identity/token.h"
#include "agent/identity/verification_key.h"

namespace shmx::identity {

class KeySet::Impl {
 public:
  std::vector<VerificationKey> keys;
  std::vector<std::string> left_out;
};

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_KEY_SET_H
