// The directory of a log: its writer's alone, and one writer's at a time.
#ifndef SHM_EXPORTER_AGENT_AUDIT_DIRECTORY_H
#define SHM_EXPORTER_AGENT_AUDIT_DIRECTORY_H

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "shm/file.h"
#include "shm/result.h"

namespace shmx::audit {

/// The number in audit-000001.jsonl; 0: it is the name of no log file.
std::uint64_t file_number(const std::string& name);
std::string file_name(std::uint64_t number);

/// The numbers of the log files in a directory, in order.
Result<std::vector<std::uint64_t>> file_numbers(const std::string& directory);

/// Held by a lock that the kernel frees however the agent ends.
class Directory {
 public:
  /// Makes it, 0700, if it is missing. Error: what to do; nothing is made private that was not.
  static Result<Directory> take(const std::string& path);

  const std::string& path() const noexcept { return path_; }
  std::string file(std::uint64_t number) const { return path_ + "/" + file_name(number); }

  /// So that a file that was made is there after a power cut.
  void sync() const noexcept;

 private:
  Directory(std::string path, UniqueFd directory, UniqueFd lock)
      : path_(std::move(path)), directory_(std::move(directory)), lock_(std::move(lock)) {}

  std::string path_;
  UniqueFd directory_;
  UniqueFd lock_;
};

}  // namespace shmx::audit

#endif  // SHM_EXPORTER_AGENT_AUDIT_DIRECTORY_H
