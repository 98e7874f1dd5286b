#include "agent/scan/budget.h"

#include <algorithm>

namespace shmx::scan {
namespace {

/// An equal part. Never 0: who is so short of them fails visibly instead.
std::uint64_t part_of(std::uint64_t whole, std::uint64_t parts) {
  return std::max<std::uint64_t>(whole / std::max<std::uint64_t>(parts, 1), 1);
}

}  // namespace

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
  const std::uint64_t others = wanted.size() - by_wish.size();
  const std::uint64_t kept = std::min(live, others);
  std::uint64_t left = live - kept;
  std::uint64_t undecided = by_wish.size();
  std::vector<std::uint64_t> shares(wanted.size());
  for (const std::size_t i : by_wish) {
    shares[i] = std::min<std::uint64_t>(*wanted[i], part_of(left, undecided--));
    left -= std::min(left, shares[i]);
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    shares[i] = wanted[i] ? shares[i] : part_of(left + kept, others);
  }
  return shares;
}

Budget::Budget(const BudgetLimits& limits, std::vector<std::size_t> share_of)
    : live_per_owner_(limits.live_per_owner),
      live_(limits.live),
      share_of_(std::move(share_of)),
      by_directory_(share_of_.size()) {
  for (const std::size_t share : share_of_) {
    const auto sharers = static_cast<std::uint64_t>(std::ranges::count(share_of_, share));
    const std::uint64_t whole = limits.shares.empty() ? limits.live : limits.shares[share];
    parts_.push_back(part_of(whole, sharers));
  }
}

bool Budget::has_room(std::size_t directory) const noexcept {
  return total_ < live_ && by_directory_[directory] < parts_[directory];
}

bool Budget::has_room_for(const Owner& owner) const noexcept {
  const auto found = by_owner_.find(Key{owner.directory, owner.uid});
  return has_room(owner.directory) && (found == by_owner_.end() || found->second < live_per_owner_);
}

std::uint64_t Budget::held(std::size_t share) const noexcept {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < share_of_.size(); ++i) {
    sum += share_of_[i] == share ? by_directory_[i] : 0;
  }
  return sum;
}

void Budget::take(const Owner& owner) {
  ++total_;
  ++by_directory_[owner.directory];
  ++by_owner_[Key{owner.directory, owner.uid}];
}

void Budget::give_back(const Owner& owner) {
  const auto found = by_owner_.find(Key{owner.directory, owner.uid});
  --total_;
  --by_directory_[owner.directory];
  if (--found->second == 0) {
    by_owner_.erase(found);  // So that there is never more than one entry per open file.
  }
}

}  // namespace shmx::scan
