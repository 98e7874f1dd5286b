// What judges share, and what outlives each of them. Not part of this room's doors.
#ifndef SHM_EXPORTER_AGENT_IDENTITY_RESOURCES_H
#define SHM_EXPORTER_AGENT_IDENTITY_RESOURCES_H

#include <utility>

#include "agent/identity/hasher.h"
#include "agent/identity/judge.h"
#include "agent/identity/token.h"

namespace shmx::identity {

/// Thread-safe. When it ends, what waits for a hash is answered busy.
class Resources::Impl {
 public:
  explicit Impl(Hooks given)
      : hooks(std::move(given)), key_sets({.now_unix_s = hooks.now_unix_s, .warn = hooks.warn}) {}

  const Hooks hooks;
  Hasher hasher;
  KeySets key_sets;
};

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_RESOURCES_H
