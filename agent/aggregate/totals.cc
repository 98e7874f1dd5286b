#include "agent/aggregate/totals.h"

#include <algorithm>

namespace shmx::aggregate {

Slot SlotAllocator::allocate(std::uint32_t count) {
  if (const auto found = free_.find(count); found != free_.end() && !found->second.empty()) {
    const Slot first = found->second.back();
    found->second.pop_back();
    return first;
  }
  const Slot first = size_;
  size_ += count;
  return first;
}

void SlotAllocator::release(Slot first, std::uint32_t count) {
  free_[count].push_back(first);
}

Slot Totals::allocate(std::uint32_t count) {
  const Slot first = slots_.allocate(count);
  live_.resize(slots_.size());
  retired_.resize(slots_.size());
  std::fill_n(live_.begin() + first, count, 0);
  std::fill_n(retired_.begin() + first, count, 0);
  return first;
}

Slot Totals::allocate_gauge() {
  const Slot slot = gauge_slots_.allocate(1);
  gauges_.resize(gauge_slots_.size());
  gauges_[slot] = {};
  return slot;
}

void Totals::begin_epoch() {
  std::fill(live_.begin(), live_.end(), 0);
  std::fill(gauges_.begin(), gauges_.end(), GaugeTotal{});
}

}  // namespace shmx::aggregate
