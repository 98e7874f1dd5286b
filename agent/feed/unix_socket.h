// The place of the feed's unix socket. It is bound in a private directory, and moved to where
// clients look when it is ready: nobody ever connects to one with another mode, and no socket on
// which somebody listens is replaced.
#ifndef SHM_EXPORTER_AGENT_FEED_UNIX_SOCKET_H
#define SHM_EXPORTER_AGENT_FEED_UNIX_SOCKET_H

#include <sys/stat.h>

#include <string>

#include "shm/file.h"
#include "shm/result.h"

namespace shmx::feed {

class UnixSocket {
 public:
  /// Listens at `path`, with that mode. An error: the path is taken by another agent or by what is
  /// no socket, or its directory cannot be written to.
  static Result<UnixSocket> listen(const std::string& path, mode_t mode);

  /// Removes the socket, unless there is another one by now.
  ~UnixSocket();
  UnixSocket(UnixSocket&& other) noexcept;
  UnixSocket& operator=(UnixSocket&&) = delete;
  UnixSocket(const UnixSocket&) = delete;
  UnixSocket& operator=(const UnixSocket&) = delete;

  /// To be accepted from; it does not block.
  int descriptor() const noexcept { return descriptor_.get(); }

 private:
  UnixSocket(std::string path, UniqueFd descriptor, const struct stat& there)
      : path_(std::move(path)), descriptor_(std::move(descriptor)), there_(there) {}

  std::string path_;  ///< empty: moved from
  UniqueFd descriptor_;
  struct stat there_;
};

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_UNIX_SOCKET_H
