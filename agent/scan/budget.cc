#include "agent/scan/budget.h"

#include <algorithm>

namespace shmx::scan {

std::uint64_t live_segments_within(std::uint64_t descriptors, std::uint64_t mappings) noexcept {
  const std::uint64_t by_descriptors = descriptors - std::min(descriptors, kReservedDescriptors);
  const std::uint64_t by_mappings = mappings - std::min(mappings, kReservedMappings);
  return std::max<std::uint64_t>(std::min(by_descriptors, by_mappings), 1);
}

bool Budget::has_room_for(std::uint32_t owner) const noexcept {
  const auto found = by_owner_.find(owner);
  return has_room() && (found == by_owner_.end() || found->second < limits_.live_per_owner);
}

void Budget::take(std::uint32_t owner) {
  ++total_;
  ++by_owner_[owner];
}

void Budget::give_back(std::uint32_t owner) {
  const auto found = by_owner_.find(owner);
  --total_;
  if (--found->second == 0) {
    by_owner_.erase(found);  // So that there is never more than one entry per open file.
  }
}

}  // namespace shmx::scan
