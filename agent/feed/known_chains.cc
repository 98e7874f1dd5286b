#include "agent/feed/known_chains.h"

namespace shmx::feed {

void KnownChains::remember(const Chain& chain) {
  if (!chain || chain->size() < 2) {
    return;
  }
  const std::lock_guard lock(mutex_);
  if (chains_.size() >= kMost && chains_.find(chain->front()) == chains_.end()) {
    chains_.clear();
  }
  chains_[chain->front()] = chain;
}

KnownChains::Chain KnownChains::completed(const Chain& chain) const {
  if (!chain || chain->size() != 1) {
    return chain;
  }
  const std::lock_guard lock(mutex_);
  const auto known = chains_.find(chain->front());
  return known == chains_.end() ? chain : known->second;
}

}  // namespace shmx::feed
