// One segment directory as it is on disk: opened, identified, listed. What its files mean is the
// scanner's affair.
#ifndef SHM_EXPORTER_AGENT_SCAN_DIRECTORY_H
#define SHM_EXPORTER_AGENT_SCAN_DIRECTORY_H

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/scan/admission.h"
#include "shm/file.h"

namespace shmx::scan {

struct Entry {
  std::string name;
  std::uint64_t inode;  ///< as the listing says: a hint, not proof
};

/// What is at a path now.
enum class PathState {
  same,      ///< the directory that was given
  other,     ///< another directory
  missing,   ///< nothing, or no directory
  unusable,  ///< not to be opened or listed (errno)
};

/// An opened directory. Files keep it alive, so that they can be removed by name from the directory
/// that they are in, wherever its path has gone.
class OpenDirectory {
 public:
  /// Null with errno.
  static std::shared_ptr<OpenDirectory> open(const std::string& path);

  int fd() const noexcept { return fd_.get(); }

  /// Whether `path` still leads here.
  PathState compare(const std::string& path) const noexcept;

  /// Says of an entry, by its name and inode, whether it is asked for.
  using Wanted = std::function<bool(std::string_view, std::uint64_t)>;

  /// Every entry that is wanted but "." and "..", in the order of their inodes: on a tmpfs that is
  /// the order of creation, so the same files are admitted in the same order whenever the agent
  /// starts. False with errno when not all could be listed.
  bool list(const Wanted& wanted, std::vector<Entry>& entries) const;

  /// Removes the name if it is still this file's. True when the file has that name no more.
  bool unlink_if_same(const std::string& name, const Identity& identity) const noexcept;

  /// Whether the name is this file's.
  bool names(const std::string& name, const Identity& identity) const noexcept;

 private:
  OpenDirectory(UniqueFd fd, Identity identity) : fd_(std::move(fd)), identity_(identity) {}

  UniqueFd fd_;
  Identity identity_;
};

}  // namespace shmx::scan

#endif  // SHM_EXPORTER_AGENT_SCAN_DIRECTORY_H
