// Whether a file is still the one that was read.
#ifndef SHM_EXPORTER_AGENT_FILES_STAMP_H
#define SHM_EXPORTER_AGENT_FILES_STAMP_H

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "shm/result.h"

namespace shmx::files {

/// What stat(2) tells of a file, or that there is none. Two stamps differ whenever the file was
/// replaced or written in between: a change of the time alone counts, too.
struct FileStamp {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size_bytes = -1;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

/// Of an empty path: that of no file. Symbolic links are followed: secrets are often rotated by
/// one.
FileStamp stamp_of(const std::string& path);

/// The bytes of a small file of ours, 1 MiB at most.
Result<std::string> read_small_file(const std::string& path);

/// What is wrong with the mode of a file that holds a secret: PATH and what to do, where every user
/// may read, write or execute it. Nothing else is asked: a file that is not there has no mode.
std::optional<Error> problem_of_secret(const std::string& path);

}  // namespace shmx::files

#endif  // SHM_EXPORTER_AGENT_FILES_STAMP_H
