#include "agent/aggregate/totals.h"

#include <algorithm>
#include <iterator>

namespace shmx::aggregate {

void SlotAllocator::add_free(Slot first, std::uint32_t count) {
  free_.emplace(first, count);
  by_length_.emplace(count, first);
}

void SlotAllocator::remove_free(std::map<Slot, std::uint32_t>::iterator run) {
  by_length_.erase({run->second, run->first});
  free_.erase(run);
}

Slot SlotAllocator::allocate(std::uint32_t count) {
  const auto fits = by_length_.lower_bound({count, 0});
  if (fits == by_length_.end()) {
    const Slot first = size_;
    size_ += count;
    return first;
  }
  const auto [length, first] = *fits;
  remove_free(free_.find(first));
  if (length > count) {
    add_free(first + count, length - count);
  }
  return first;
}

void SlotAllocator::release(Slot first, std::uint32_t count) {
  const auto after = free_.find(first + count);
  if (after != free_.end()) {
    count += after->second;
    remove_free(after);
  }
  const auto next = free_.lower_bound(first);
  if (next != free_.begin()) {
    const auto before = std::prev(next);
    if (before->first + before->second == first) {
      first = before->first;
      count += before->second;
      remove_free(before);
    }
  }
  if (first + count == size_) {
    size_ = first;  // What is at the end is no run, but less.
  } else {
    add_free(first, count);
  }
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
