// A service process under a test's control: shmx_segment_writer behind two pipes.
#ifndef SHM_EXPORTER_TESTS_AGENT_TESTING_WRITER_PROCESS_H
#define SHM_EXPORTER_TESTS_AGENT_TESTING_WRITER_PROCESS_H

#include <sys/types.h>

#include <cstdint>
#include <cstdio>
#include <string>

namespace shmx::testing {

class WriterProcess {
 public:
  /// `max_series` 0: the default.
  WriterProcess(const std::string& directory, const std::string& service,
                std::uint32_t max_series = 0);
  ~WriterProcess();
  WriterProcess(const WriterProcess&) = delete;
  WriterProcess& operator=(const WriterProcess&) = delete;

  /// Runs one command (see segment_writer.cc) and returns what follows "ok "; anything else fails
  /// the test by an exception.
  std::string run(const std::string& command);

  /// Kills it with SIGKILL, or lets it exit by itself; returns when the kernel says that it is
  /// gone.
  void kill();
  void exit();

  pid_t pid() const noexcept { return pid_; }

 private:
  void wait();

  pid_t pid_ = -1;
  std::FILE* to_ = nullptr;
  std::FILE* from_ = nullptr;
};

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_TESTING_WRITER_PROCESS_H
