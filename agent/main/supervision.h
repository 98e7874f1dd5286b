// What the service manager is told of the agent's life: when it is ready, when it reloads, that it
// gets on, and that it stops. Loop thread, or before the loop runs.
#ifndef SHM_EXPORTER_AGENT_MAIN_SUPERVISION_H
#define SHM_EXPORTER_AGENT_MAIN_SUPERVISION_H

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <string>

#include "agent/main/collection.h"
#include "agent/main/pulse.h"
#include "agent/main/service_manager.h"

namespace shmx {

class Supervision {
 public:
  /// `status_interval`: how often an operator is told news where the manager's watchdog does not
  /// want to hear more often. `collection` outlives this, and the loop the collection.
  Supervision(boost::asio::io_context& loop, ServiceManager manager, Collection& collection,
              std::chrono::milliseconds status_interval);

  /// Ready is said once the first scan is complete, and from then on that loop and collector get
  /// on. Without a service manager nothing is done.
  void start();

  void reload_begins() const;
  void reload_ends() const;
  void stops();

 private:
  std::chrono::milliseconds beat(const std::string& status);

  const ServiceManager manager_;
  const Collection& collection_;
  const std::chrono::milliseconds status_interval_;
  Pulse pulse_;
  bool ready_ = false;  ///< and the service manager knows
  std::string status_;  ///< what it was told last
};

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_SUPERVISION_H
