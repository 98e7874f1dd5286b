// Snapshots that nobody reads any more, to be filled again: a page of many series is many small
// allocations, and their memory is warm. Thread-safe: the last reader of a snapshot may be any
// thread.
#ifndef SHM_EXPORTER_AGENT_AGGREGATE_SNAPSHOT_POOL_H
#define SHM_EXPORTER_AGENT_AGGREGATE_SNAPSHOT_POOL_H

#include <memory>

#include "agent/model/model.h"

namespace shmx::aggregate {

class SnapshotPool {
 public:
  SnapshotPool();
  ~SnapshotPool();
  SnapshotPool(const SnapshotPool&) = delete;
  SnapshotPool& operator=(const SnapshotPool&) = delete;

  /// A spare one with its last content, or an empty one.
  std::unique_ptr<model::Snapshot> take();

  /// From now on nobody changes it until its last reader has let it go; then it is a spare one.
  /// Outlives the pool where it has to.
  std::shared_ptr<const model::Snapshot> share(std::unique_ptr<model::Snapshot> snapshot);

 private:
  struct Spares;
  std::shared_ptr<Spares> spares_;
};

}  // namespace shmx::aggregate

#endif  // SHM_EXPORTER_AGENT_AGGREGATE_SNAPSHOT_POOL_H
