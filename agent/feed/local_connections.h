// Connections to the feed's unix socket. gRPC does not say who is at the other end of those that it
// accepts itself; so they are accepted here, and it is given their descriptors, by which the kernel
// says it (presented.h).
#ifndef SHM_EXPORTER_AGENT_FEED_LOCAL_CONNECTIONS_H
#define SHM_EXPORTER_AGENT_FEED_LOCAL_CONNECTIONS_H

#include <poll.h>
#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "shm/file.h"
#include "shm/result.h"

namespace shmx::feed {

/// A unix socket at that path, to be given to LocalConnections.
Result<UniqueFd> listen_at(const std::string& path);

class LocalConnections {
 public:
  struct Hooks {
    std::function<void(int descriptor)> serve;  ///< which closes it
    std::function<void(const std::string&)> warn;
  };

  /// A thread of its own accepts at most so many at once from one user, and twice as many from all;
  /// more are closed at once, so that no user keeps the others away. It sleeps while nobody comes
  /// or goes. The hooks are called on that thread.
  LocalConnections(UniqueFd socket, std::size_t most_per_user, Hooks hooks);

  /// Accepts no more. What was given away goes on.
  ~LocalConnections();
  LocalConnections(const LocalConnections&) = delete;
  LocalConnections& operator=(const LocalConnections&) = delete;

 private:
  /// Of a connection whose duplicate gRPC has: it tells when one of the ends is done with it.
  struct Open {
    UniqueFd descriptor;
    uid_t uid;
  };

  void run();
  bool wait(bool pause);
  bool accept_some();
  void admit(UniqueFd connection);
  bool has_room(uid_t uid);
  std::size_t most() const noexcept { return 2 * most_per_user_; }

  const UniqueFd socket_;
  const std::size_t most_per_user_;
  const Hooks hooks_;
  const UniqueFd stop_;          ///< an eventfd
  std::vector<Open> open_;       ///< of the thread, as are:
  std::vector<pollfd> sources_;  ///< what it waits for; those of open_ in their order, at the end
  bool full_ = false;            ///< as was said in the log
  std::thread thread_;           ///< the last one: it uses the others
};

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_LOCAL_CONNECTIONS_H
