// How many live segments the agent holds open, in all, of each directory and of each user in it:
// each takes a descriptor and a mapping, and whoever may create files could otherwise take them
// all. A directory has its part of a share (a tenant's), and nothing that is in another takes room
// in it: a start lists one after the other, and must admit what was admitted before it.
#ifndef SHM_EXPORTER_AGENT_SCAN_BUDGET_H
#define SHM_EXPORTER_AGENT_SCAN_BUDGET_H

#include <absl/container/flat_hash_map.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace shmx::scan {

/// One user's live segments in a directory. Ten times what a busy host runs under one user; six
/// users that all reach it still leave room below the kernel's default of 65,530 mappings.
inline constexpr std::uint64_t kMaxLivePerOwner = 10'000;

/// Descriptors that are not for live segments: kMaxDeadHeld dead ones, the directories, the
/// connections of scrapers, the agent's own files.
inline constexpr std::uint64_t kReservedDescriptors = 512;

/// Mappings that are not for live segments: libraries, stacks, the allocator's.
inline constexpr std::uint64_t kReservedMappings = 4'096;

/// Dead segments that are held open at once while they wait to be folded, an equal part of them of
/// each share; the others wait in the directory. Bounds what one call has to do: a fold takes well
/// below a millisecond.
inline constexpr std::uint64_t kMaxDeadHeld = 256;

/// How many live segments fit below the process' limits of descriptors (RLIMIT_NOFILE) and mappings
/// (vm.max_map_count). Never 0: an agent that is so short of them fails visibly instead.
std::uint64_t live_segments_within(std::uint64_t descriptors, std::uint64_t mappings) noexcept;

struct BudgetLimits {
  std::uint64_t live_per_owner = kMaxLivePerOwner;
  std::uint64_t live = live_segments_within(65'536, 65'530);
  std::vector<std::uint64_t> shares{};  ///< live ones of each share at most; empty: one has all
};

/// The shares of those that want so many at most. Who does not say has an equal part of what the
/// others leave, one at least. What they want may be more than there is: then whoever wants less
/// than an equal part has all of it, and the others have equal parts of the rest. So all together
/// they are no more than `live` as long as there is one for each: what one takes is never
/// another's.
std::vector<std::uint64_t> shares_of(std::uint64_t live,
                                     const std::vector<std::optional<std::size_t>>& wanted);

class Budget {
 public:
  /// A user in a directory.
  struct Owner {
    std::size_t directory = 0;
    std::uint32_t uid = 0;
  };

  /// `share_of`: of each directory, the share that it has an equal part of, one at least.
  Budget(const BudgetLimits& limits, std::vector<std::size_t> share_of);

  bool has_room(std::size_t directory) const noexcept;
  bool is_overdrawn() const noexcept { return total_ > live_; }
  bool has_room_for(const Owner& owner) const noexcept;
  std::uint64_t held(std::size_t share) const noexcept;

  /// Whether or not there is room.
  void take(const Owner& owner);
  void give_back(const Owner& owner);

 private:
  using Key = std::pair<std::size_t, std::uint32_t>;

  std::uint64_t live_per_owner_;
  std::uint64_t live_;
  std::vector<std::size_t> share_of_;
  std::vector<std::uint64_t> parts_;  ///< by directory, as the next
  std::vector<std::uint64_t> by_directory_;
  std::uint64_t total_ = 0;
  absl::flat_hash_map<Key, std::uint64_t> by_owner_;
};

}  // namespace shmx::scan

#endif  // SHM_EXPORTER_AGENT_SCAN_BUDGET_H
