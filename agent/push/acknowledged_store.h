// Where what was acknowledged outlives the agent, as push needs it; main gives agent/state's. The
// totals outlive the agent too, so a difference against nothing would send all of them once more.
#ifndef SHM_EXPORTER_AGENT_PUSH_ACKNOWLEDGED_STORE_H
#define SHM_EXPORTER_AGENT_PUSH_ACKNOWLEDGED_STORE_H

#include <functional>

#include "agent/model/acknowledged.h"
#include "shm/result.h"

namespace shmx::push {

/// Both are set, or none: then it is kept in memory only. Called on the exporter's thread.
///
/// Delivery of deltas is at-least-once: what a receiver has accepted is sent again when its answer
/// was lost and the push is over, or when the agent is killed before save() has stored it.
struct AcknowledgedStore {
  /// Called until it succeeds: an error is the agent's own lack of something.
  std::function<Result<model::AcknowledgedLoaded>()> load;
  /// All of it is durable, or nothing.
  std::function<Result<bool>(const model::AcknowledgedChanges&)> save;
};

}  // namespace shmx::push

#endif  // SHM_EXPORTER_AGENT_PUSH_ACKNOWLEDGED_STORE_H
