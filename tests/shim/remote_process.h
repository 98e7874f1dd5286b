// Starts conformance_server and talks to it through pipes.
#ifndef SHM_EXPORTER_TESTS_SHIM_REMOTE_PROCESS_H
#define SHM_EXPORTER_TESTS_SHIM_REMOTE_PROCESS_H

#include <sys/types.h>

#include <cstdio>
#include <string>

namespace shmx::test {

class RemoteProcess {
 public:
  RemoteProcess(std::string directory, std::string test)
      : directory_(std::move(directory)), test_(std::move(test)) {}
  RemoteProcess(const RemoteProcess&) = delete;
  RemoteProcess& operator=(const RemoteProcess&) = delete;
  ~RemoteProcess();

  /// Runs it with a server of this API and waits until it listens.
  bool start(const std::string& api);

  int pid() const { return pid_; }
  int port() const { return port_; }

  /// Writes a line to it.
  void say(const std::string& line);

  /// Writes a line and returns the line that it answers.
  std::string ask(const std::string& line);

  /// Ends it by SIGKILL and waits until it is gone.
  void kill();

 private:
  std::string answer();
  void reap();

  std::string directory_;
  std::string test_;
  pid_t pid_ = -1;
  bool running_ = false;
  int port_ = 0;
  std::FILE* to_ = nullptr;
  std::FILE* from_ = nullptr;
};

}  // namespace shmx::test

#endif  // SHM_EXPORTER_TESTS_SHIM_REMOTE_PROCESS_H
