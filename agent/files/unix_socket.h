// The place of a unix socket. Whoever listens binds it in a private directory, and it is moved to
// where clients look when it is ready: nobody ever connects to one with another mode, and no socket
// on which somebody listens is replaced.
#ifndef SHM_EXPORTER_AGENT_FILES_UNIX_SOCKET_H
#define SHM_EXPORTER_AGENT_FILES_UNIX_SOCKET_H

#include <sys/stat.h>

#include <optional>
#include <string>

#include "shm/result.h"

namespace shmx::files {

class UnixSocket {
 public:
  /// An error: `path` is taken by another agent or by what is no socket, or its directory cannot be
  /// written to.
  static Result<UnixSocket> prepare(const std::string& path);

  /// Removes the socket, unless there is another one by now.
  ~UnixSocket();
  UnixSocket(UnixSocket&& other) noexcept;
  UnixSocket& operator=(UnixSocket&&) = delete;
  UnixSocket(const UnixSocket&) = delete;
  UnixSocket& operator=(const UnixSocket&) = delete;

  /// Where it is to be bound.
  const std::string& bind_path() const noexcept { return bind_path_; }

  /// Moves what is bound to `path`, with that mode. Nothing if it is there, else why not.
  std::optional<Error> publish(mode_t mode);

 private:
  UnixSocket(std::string path, std::string directory);

  std::string path_;
  std::string directory_;  ///< private, until published; empty: moved from, or removed
  std::string bind_path_;
  std::optional<struct stat> published_;
};

}  // namespace shmx::files

#endif  // SHM_EXPORTER_AGENT_FILES_UNIX_SOCKET_H
