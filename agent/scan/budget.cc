#include "agent/scan/budget.h"

#include <algorithm>

namespace shmx::scan {

std::uint64_t live_segments_within(std::uint64_t descriptors, std::uint64_t mappings) noexcept {
  const std::uint64_t by_descriptors = descriptors - std::min(descriptors, kReservedDescriptors);
  const std::uint64_t by_mappings = mappings - std::min(mappings, kReservedMappings);
  return std::max<std::uint64_t>(std::min(by_descriptors, by_mappings), 1);
}

std::vector<std::uint64_t> shares_of(std::uint64_t live,
                                     const std::vector<std::optional<std::size_t>>& wanted) {
  std::uint64_t left = live;
  std::uint64_t others = 0;
  for (const auto& most : wanted) {
    left -= std::min<std::uint64_t>(left, most.value_or(0));
    others += most ? 0 : 1;
  }
  // Never 0: a tenant that is so short of them fails visibly instead.
  const std::uint64_t share = others == 0 ? 0 : std::max<std::uint64_t>(left / others, 1);
  std::vector<std::uint64_t> shares;
  shares.reserve(wanted.size());
  for (const auto& most : wanted) {
    shares.push_back(most.value_or(share));
  }
  return shares;
}

Budget::Budget(BudgetLimits limits) : limits_(std::move(limits)) {
  if (limits_.shares.empty()) {
    limits_.shares.push_back(limits_.live);
  }
  by_share_.resize(limits_.shares.size());
}

bool Budget::has_room(std::size_t share) const noexcept {
  return total_ < limits_.live && by_share_[share] < limits_.shares[share];
}

bool Budget::has_room_for(const Owner& owner) const noexcept {
  const auto found = by_owner_.find(Key{owner.share, owner.uid});
  return has_room(owner.share) &&
         (found == by_owner_.end() || found->second < limits_.live_per_owner);
}

void Budget::take(const Owner& owner) {
  ++total_;
  ++by_share_[owner.share];
  ++by_owner_[Key{owner.share, owner.uid}];
}

void Budget::give_back(const Owner& owner) {
  const auto found = by_owner_.find(Key{owner.share, owner.uid});
  --total_;
  --by_share_[owner.share];
  if (--found->second == 0) {
    by_owner_.erase(found);  // So that there is never more than one entry per open file.
  }
}

}  // namespace shmx::scan
