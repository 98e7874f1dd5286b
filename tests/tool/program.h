// Runs another program to its end: its input is given, its output and exit code come back. For the
// real consumers of what we print, and for our own tools.
#ifndef SHM_EXPORTER_TESTS_TOOL_PROGRAM_H
#define SHM_EXPORTER_TESTS_TOOL_PROGRAM_H

#include <string>
#include <string_view>
#include <vector>

namespace shmx::test {

struct ProgramResult {
  int exit_code = -1;  ///< -1: not started, or ended by a signal
  std::string out;
  std::string err;
};

/// `argv[0]` is a path, or a name to look up in PATH.
ProgramResult run_program(const std::vector<std::string>& argv, std::string_view input = {});

}  // namespace shmx::test

#endif  // SHM_EXPORTER_TESTS_TOOL_PROGRAM_H
