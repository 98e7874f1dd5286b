#include "agent/scan/names.h"

#include <absl/hash/hash.h>
#include <absl/strings/string_view.h>

#include <algorithm>
#include <utility>

namespace shmx::scan {

std::uint64_t hash_of(std::string_view name) noexcept {
  return absl::Hash<absl::string_view>{}({name.data(), name.size()});
}

bool RefusedNames::contains(std::string_view name, std::uint64_t inode) const noexcept {
  const auto found = names_.find(hash_of(name));
  return found != names_.end() && found->second.inode == inode;
}

void RefusedNames::put(std::string_view name, std::uint64_t inode, bool may_change) {
  const std::uint64_t hash = hash_of(name);
  if (names_.size() < kMaxRemembered || names_.contains(hash)) {
    names_.insert_or_assign(hash, Refused{inode, listing_, may_change});
  }
}

void RefusedNames::erase(std::string_view name) {
  names_.erase(hash_of(name));
}

void RefusedNames::begin_listing() noexcept {
  ++listing_;
  const auto changing = static_cast<std::size_t>(std::count_if(
      names_.begin(), names_.end(), [](const auto& entry) { return entry.second.may_change; }));
  slices_ = changing / kMaxSecondLooks + 1;
}

bool RefusedNames::settles(std::string_view name, std::uint64_t inode) noexcept {
  const std::uint64_t hash = hash_of(name);
  const auto found = names_.find(hash);
  if (found == names_.end() || found->second.inode != inode) {
    return false;
  }
  found->second.listing = listing_;
  return !found->second.may_change || hash % slices_ != listing_ % slices_;
}

void RefusedNames::end_listing() {
  absl::erase_if(names_, [this](const auto& entry) { return entry.second.listing != listing_; });
}

bool NameQueue::push(const std::string& name) {
  if (names_.size() >= max_names_) {
    return contains(name);
  }
  if (hashes_.insert(hash_of(name)).second) {
    names_.push_back(name);
  }
  return true;
}

std::string NameQueue::pop() {
  std::string name = std::move(names_.front());
  names_.pop_front();
  hashes_.erase(hash_of(name));
  return name;
}

}  // namespace shmx::scan
