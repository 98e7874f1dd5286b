#include "agent/aggregate/snapshot_pool.h"

#include <mutex>
#include <utility>
#include <vector>

namespace shmx::aggregate {
namespace {

/// One is read by the scrape before while the next is filled; more would only hold memory.
constexpr std::size_t kMaxSpares = 2;

}  // namespace

struct SnapshotPool::Spares {
  std::mutex mutex;
  std::vector<std::unique_ptr<model::Snapshot>> snapshots;

  void give_back(std::unique_ptr<model::Snapshot> snapshot) {
    const std::lock_guard lock(mutex);
    if (snapshots.size() < kMaxSpares) {
      snapshots.push_back(std::move(snapshot));
    }
  }
};

SnapshotPool::SnapshotPool() : spares_(std::make_shared<Spares>()) {
  spares_->snapshots.reserve(kMaxSpares);
}

SnapshotPool::~SnapshotPool() = default;

std::unique_ptr<model::Snapshot> SnapshotPool::take() {
  const std::lock_guard lock(spares_->mutex);
  if (spares_->snapshots.empty()) {
    return std::make_unique<model::Snapshot>();
  }
  std::unique_ptr<model::Snapshot> snapshot = std::move(spares_->snapshots.back());
  spares_->snapshots.pop_back();
  return snapshot;
}

std::shared_ptr<const model::Snapshot> SnapshotPool::share(
    std::unique_ptr<model::Snapshot> snapshot) {
  return {snapshot.release(), [spares = spares_](model::Snapshot* done) {
            spares->give_back(std::unique_ptr<model::Snapshot>(done));
          }};
}

}  // namespace shmx::aggregate
