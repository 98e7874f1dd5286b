// Names of users for people to read, from /etc/passwd alone: what nsswitch.conf names besides may
// ask the network, and the event loop waits for nobody.
#ifndef SHM_EXPORTER_AGENT_MAIN_USER_NAMES_H
#define SHM_EXPORTER_AGENT_MAIN_USER_NAMES_H

#include <cstdint>
#include <map>
#include <string>

#include "agent/files/watched.h"

namespace shmx {

/// One thread at a time.
class UserNames {
 public:
  /// `path` is passwd(5)'s. Nothing is read before it is asked for.
  explicit UserNames(std::string path) : watched_({std::move(path)}, 0) {}

  /// Empty: the file does not name this user. Of several names the first one. Reads the file when
  /// it has changed; one beyond 1 MiB, or that cannot be read, names nobody.
  std::string name_of(std::uint32_t uid, std::int64_t now_unix_ns);

 private:
  void read();

  files::Watched watched_;
  bool read_once_ = false;
  std::map<std::uint32_t, std::string> names_;
};

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_USER_NAMES_H
