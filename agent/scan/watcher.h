// inotify, read in bulk: which names of which directories something happened to. Decides nothing.
#ifndef SHM_EXPORTER_AGENT_SCAN_WATCHER_H
#define SHM_EXPORTER_AGENT_SCAN_WATCHER_H

#include <string>
#include <vector>

#include "shm/file.h"

namespace shmx::scan {

/// What happened to a name.
struct NameEvent {
  enum class What {
    created,   ///< perhaps not yet written
    renamed,   ///< to this name
    closed,    ///< a descriptor or the last mapping that could write is gone
    vanished,  ///< removed, or renamed away
  };
  int watch;
  What what;
  std::string name;
};

struct WatchNews {
  std::vector<NameEvent> events;  ///< in the kernel's order
  bool lost = false;              ///< there were more: only a listing tells
};

class Watcher {
 public:
  Watcher();

  /// Readable when there is news, or after wake(). -1 when the kernel gave none.
  int fd() const noexcept { return poll_.get(); }

  /// Whether directories can be watched at all.
  bool works() const noexcept { return inotify_.valid(); }

  /// Returns the watch, or -1 with errno.
  int add(const std::string& directory) noexcept;
  void remove(int watch) noexcept;

  /// Makes fd() readable until the next take(), for work that was left.
  void wake() noexcept;

  /// Takes what the queue holds, at most kMaxReadBytes of it: more makes the descriptor readable
  /// again at once. Never blocks.
  WatchNews take();

  /// As much as the events of some 4,000 renames: bounds the memory and the time of one take()
  /// while somebody creates and removes files as fast as the kernel can.
  static constexpr std::size_t kMaxReadBytes = std::size_t{256} << 10;

 private:
  bool poll(const UniqueFd& fd) noexcept;

  UniqueFd inotify_;
  UniqueFd wake_;
  UniqueFd poll_;  ///< an epoll of the two
};

}  // namespace shmx::scan

#endif  // SHM_EXPORTER_AGENT_SCAN_WATCHER_H
