// The service manager: what it has handed over to the agent, and what it is told. It is systemd, or
// whoever else speaks sd_notify(3), sd_listen_fds(3) and sd_watchdog_enabled(3), or nobody, and
// then nothing is told to anyone.
#ifndef SHM_EXPORTER_AGENT_MAIN_SERVICE_MANAGER_H
#define SHM_EXPORTER_AGENT_MAIN_SERVICE_MANAGER_H

#include <chrono>
#include <string>
#include <vector>

#include "shm/result.h"

namespace shmx {

class ServiceManager {
 public:
  /// Takes what there is for this process from its environment, and out of it: no other program is
  /// told. (NOTIFY_SOCKET stays, libsystemd reads it for each message; the agent starts no
  /// program.) To be called once, before there are threads.
  static ServiceManager take();

  /// Whether it wants to be told anything.
  bool is_there() const noexcept { return is_there_; }

  /// How long it waits for alive() before it kills the agent; 0: for ever.
  std::chrono::microseconds watchdog() const noexcept { return watchdog_; }

  /// Whether it has handed over descriptors.
  bool has_sockets() const noexcept { return sockets_ > 0; }

  /// The sockets that it has handed over, which listen, and are closed on exec. An error: there are
  /// none, or they are of another kind; what to do.
  Result<std::vector<int>> listening_sockets() const;

  // Each takes one sentence for an operator who looks at the agent's state. A message that cannot
  // be sent is not told of here: whoever waits for it in vain does. Any thread.

  void ready(const std::string& status) const;  ///< also after reloading()
  void reloading() const;
  void alive(const std::string& status) const;
  void stopping() const;

 private:
  bool is_there_ = false;
  int sockets_ = 0;
  std::chrono::microseconds watchdog_{0};
};

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_SERVICE_MANAGER_H
