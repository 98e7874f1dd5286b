// Which rules of a policy's readers are for whom, and what they show together.
#ifndef SHM_EXPORTER_AGENT_IDENTITY_READERS_H
#define SHM_EXPORTER_AGENT_IDENTITY_READERS_H

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "agent/identity/policy.h"
#include "agent/identity/token.h"
#include "agent/identity/verdict.h"
#include "agent/x509/names.h"

namespace shmx::identity {

struct User {
  std::string name;
};
struct LocalUser {
  std::uint32_t uid;
};

/// Who somebody was found to be.
using Holder = std::variant<x509::Names, User, LocalUser, Claims>;

/// What all rules for the holder show, under the name that the first of them knows it by; where
/// there is none, forbidden: which rules there are of this kind, and what was presented.
Verdict reader_of(const std::vector<ReaderRule>& rules, const Holder& holder);

/// How a record calls the holder where no rule does.
std::string name_of(const Holder& holder);

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_READERS_H
