// Files that belong together, such as a certificate and its key, and whether they were replaced.
//
// Whoever is about to use them asks: after a rename, a symbolic link that was flipped, or a write
// in place, what comes next is judged by the new files, without the moment that a notification
// takes to arrive. Asking costs a microsecond per file.
#ifndef SHM_EXPORTER_AGENT_FILES_WATCHED_H
#define SHM_EXPORTER_AGENT_FILES_WATCHED_H

#include <cstdint>
#include <string>
#include <vector>

#include "agent/files/stamp.h"

namespace shmx::files {

/// One thread at a time.
class Watched {
 public:
  /// Takes the stamps of now: files are to be read after this, so that no change is missed.
  Watched(std::vector<std::string> paths, std::int64_t now_unix_ns);

  /// Whether one of them may have changed since this was said last. A file that was changed a
  /// moment ago is told again when it has been left alone: within one tick of the kernel's clock
  /// two writes of the same size have the same stamp.
  bool changed(std::int64_t now_unix_ns);

  const std::vector<std::string>& paths() const noexcept { return paths_; }

 private:
  void take(std::int64_t now_unix_ns);
  bool has_settled(std::int64_t now_unix_ns) const noexcept;

  std::vector<std::string> paths_;
  std::vector<FileStamp> stamps_;
  bool settled_ = true;  ///< all stamps are older than a tick
};

}  // namespace shmx::files

#endif  // SHM_EXPORTER_AGENT_FILES_WATCHED_H
