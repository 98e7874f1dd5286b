// The agent as a whole: its rooms wired together, started in order, run, and ended well. Here and
// in main.cc, and nowhere below, are clocks, signals and threads.
#ifndef SHM_EXPORTER_AGENT_MAIN_AGENT_H
#define SHM_EXPORTER_AGENT_MAIN_AGENT_H

#include <memory>
#include <string>

#include "agent/config/flags.h"
#include "agent/config/otlp_settings.h"
#include "agent/main/service_manager.h"
#include "shm/result.h"

namespace shmx {

class Agent {
 public:
  /// Reads what the flags name, binds every address, takes the state. An error is for whoever
  /// starts the agent: what is wrong, where, and what to do.
  static Result<std::unique_ptr<Agent>> make(const config::Flags& flags,
                                             const config::Environment& environment,
                                             const std::string& version,
                                             const ServiceManager& manager);
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  /// Serves until SIGTERM or SIGINT; SIGHUP reads the configuration again. The service manager is
  /// told when every segment that was there has been read, and from then on that the agent gets on.
  void run();

 private:
  class Impl;
  explicit Agent(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_AGENT_H
