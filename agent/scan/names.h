// The names of one directory that the scanner has to remember, in bounded memory: those that were
// refused, and those that must be looked at later. Whoever may create files chooses how many there
// are.
#ifndef SHM_EXPORTER_AGENT_SCAN_NAMES_H
#define SHM_EXPORTER_AGENT_SCAN_NAMES_H

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace shmx::scan {

/// Names are remembered by a hash that nobody outside the process can compute. Two names that share
/// one, among all that fit here: once in a hundred million directories.
std::uint64_t hash_of(std::string_view name) noexcept;

/// Which names were refused, and for which file. Some 25 bytes each.
class RefusedNames {
 public:
  /// What is refused beyond is counted, but not remembered: it is looked at, and counted, at every
  /// listing.
  static constexpr std::size_t kMaxRemembered = std::size_t{1} << 18;

  /// Of those that may be admitted one day, so many are looked at again in one listing, the others
  /// in the next ones: some 0.3 s.
  static constexpr std::size_t kMaxSecondLooks = std::size_t{1} << 16;

  std::size_t size() const noexcept { return names_.size(); }

  /// Whether this name of this file was refused before.
  bool contains(std::string_view name, std::uint64_t inode) const noexcept;

  void put(std::string_view name, std::uint64_t inode, bool may_change);
  void erase(std::string_view name);

  /// A listing in three steps: for each name that is there, whether it was refused and need not be
  /// looked at in this listing; at the end, what was neither met nor put in between is forgotten.
  void begin_listing() noexcept;
  bool settles(std::string_view name, std::uint64_t inode) noexcept;
  void end_listing();

 private:
  struct Refused {
    std::uint64_t inode;
    std::uint32_t listing;
    bool may_change;
  };

  absl::flat_hash_map<std::uint64_t, Refused> names_;
  std::uint32_t listing_ = 0;
  std::uint64_t slices_ = 1;  ///< second looks are spread over so many listings
};

/// Names to be looked at, the oldest first, each once.
class NameQueue {
 public:
  explicit NameQueue(std::size_t max_names) : max_names_(max_names) {}

  bool empty() const noexcept { return names_.empty(); }
  std::size_t size() const noexcept { return names_.size(); }
  const std::string& front() const noexcept { return names_.front(); }
  bool contains(std::string_view name) const noexcept { return hashes_.contains(hash_of(name)); }

  /// False when there is no room. A name that is there already keeps its place.
  bool push(const std::string& name);
  std::string pop();

 private:
  std::size_t max_names_;
  std::deque<std::string> names_;
  absl::flat_hash_set<std::uint64_t> hashes_;
};

}  // namespace shmx::scan

#endif  // SHM_EXPORTER_AGENT_SCAN_NAMES_H
