// The state's directory: the agent's alone, and one agent's at a time.
#ifndef SHM_EXPORTER_AGENT_STATE_DIRECTORY_H
#define SHM_EXPORTER_AGENT_STATE_DIRECTORY_H

#include <string>
#include <utility>

#include "shm/file.h"
#include "shm/result.h"

namespace shmx::state {

/// A directory that nobody but this user may enter (0700), locked against a second agent for as
/// long as this lives; a lock that the kernel frees however the agent ends.
class Directory {
 public:
  /// Makes it if it is missing; its parent must be there or be makeable. Error: what to do.
  static Result<Directory> take(const std::string& path);

  const std::string& path() const noexcept { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  Directory(std::string path, UniqueFd lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_;
  UniqueFd lock_;
};

}  // namespace shmx::state

#endif  // SHM_EXPORTER_AGENT_STATE_DIRECTORY_H
