// A program under test in a process of its own, spoken to by lines on its standard input and
// output.
#ifndef SHM_EXPORTER_TESTS_SHM_SUBJECT_H
#define SHM_EXPORTER_TESTS_SHM_SUBJECT_H

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "shm/file.h"
#include "shm/layout.h"

namespace shmx::test {

class Subject {
 public:
  using Environment = std::map<std::string, std::string>;

  /// Starts a program with these arguments, and with these variables on top of the environment.
  explicit Subject(std::vector<std::string> command, const Environment& environment = {});
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;
  /// Kills what still runs.
  ~Subject();

  pid_t pid() const { return pid_; }

  /// The next line of its output, without the newline; empty at the end.
  std::string line();
  /// The next line of its standard error.
  std::string error_line();
  /// The rest of its output, and of its standard error.
  std::string rest();
  std::string error_rest();

  void send(const std::string& text) const;
  void signal(int number) const;

  /// Waits for its end; returns the status of waitpid.
  int wait();
  /// Waits for its end, which must be exit(0).
  void expect_success();

 private:
  pid_t pid_ = -1;
  bool ended_ = false;
  UniqueFd input_;
  UniqueFd output_;
  UniqueFd errors_;
};

/// The path of a program built from subjects/.
std::string subject_program(const std::string& name);

/// How a process of subjects/service.cc ended: what it counted in all, and what it knows to be
/// lost.
struct Report {
  pid_t pid = 0;
  std::uint64_t counted = 0;
  std::vector<std::uint64_t> losses;
  std::string path;  ///< of its segment, empty when it has none
};

/// Finds all reports in the output of subjects/service.cc.
std::vector<Report> reports_in(const std::string& output);

}  // namespace shmx::test

#endif  // SHM_EXPORTER_TESTS_SHM_SUBJECT_H
