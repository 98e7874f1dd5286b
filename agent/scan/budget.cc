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
  std::vector<std::size_t> by_wish;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i]) {
      by_wish.push_back(i);
    }
  }
  std::ranges::stable_sort(by_wish, {}, [&wanted](std::size_t i) { return *wanted[i]; });
  // Never 0: a tenant that is so short of them fails visibly instead.
  const auto part = [](std::uint64_t of, std::uint64_t parts) {
    return std::max<std::uint64_t>(of / std::max<std::uint64_t>(parts, 1), 1);
  };
  const std::uint64_t others = wanted.size() - by_wish.size();
  const std::uint64_t kept = std::min(live, others);
  std::uint64_t left = live - kept;
  std::uint64_t undecided = by_wish.size();
  std::vector<std::uint64_t> shares(wanted.size());
  for (const std::size_t i : by_wish) {
    shares[i] = std::min<std::uint64_t>(*wanted[i], part(left, undecided--));
    left -= std::min(left, shares[i]);
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    shares[i] = wanted[i] ? shares[i] : part(left + kept, others);
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
