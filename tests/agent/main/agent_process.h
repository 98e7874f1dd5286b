// The agent as a process of its own, and what it writes.
#ifndef SHM_EXPORTER_TESTS_AGENT_MAIN_AGENT_PROCESS_H
#define SHM_EXPORTER_TESTS_AGENT_MAIN_AGENT_PROCESS_H

#include <sys/types.h>

#include <cstdio>
#include <string>
#include <vector>

#include "tests/agent/testing/temporary_directory.h"

namespace shmx::testing {

class AgentProcess {
 public:
  /// With a state of its own, unless the arguments name a directory for it.
  explicit AgentProcess(const std::vector<std::string>& arguments);
  ~AgentProcess();
  AgentProcess(const AgentProcess&) = delete;
  AgentProcess& operator=(const AgentProcess&) = delete;

  /// Reads its output up to the line that says so, and returns the address in it.
  std::string listening_address();

  void signal(int number) const;

  /// Nobody reads what it writes any more.
  void stop_reading();

  /// The next line of its output; empty at its end.
  std::string next_line();

  /// Its remaining output, once it has ended.
  std::string remaining_output();

  /// Waits for its end. Returns what it exited with, or 128 + the signal that killed it.
  int exit_code();

 private:
  TemporaryDirectory state_;
  pid_t pid_ = -1;
  std::FILE* output_ = nullptr;  ///< stdout and stderr
};

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_MAIN_AGENT_PROCESS_H
