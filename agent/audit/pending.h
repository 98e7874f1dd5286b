// What waits to be written.
#ifndef SHM_EXPORTER_AGENT_AUDIT_PENDING_H
#define SHM_EXPORTER_AGENT_AUDIT_PENDING_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "agent/audit/event.h"
#include "agent/audit/key.h"
#include "shm/result.h"

namespace shmx::audit {

/// An event, or a change of the key.
struct Pending {
  std::int64_t unix_ns = 0;
  Event event{};
  std::optional<SigningKey> new_key{};
  std::function<void(const Result<std::uint64_t>&)> done{};
  std::size_t bytes = 0;  ///< about what it takes in memory
};

}  // namespace shmx::audit

#endif  // SHM_EXPORTER_AGENT_AUDIT_PENDING_H
