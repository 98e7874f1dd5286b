// Files instead of pipes for input and output: no deadlock, whatever the sizes.
#include "tests/tool/program.h"

#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shm/file.h"

namespace shmx::test {
namespace {

UniqueFd memory_file(std::string_view content) {
  UniqueFd fd(memfd_create("program", 0));
  while (!content.empty()) {
    const ssize_t written = write(fd.get(), content.data(), content.size());
    if (written <= 0) {
      return UniqueFd();
    }
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  lseek(fd.get(), 0, SEEK_SET);
  return fd;
}

std::string content_of(const UniqueFd& fd) {
  std::string content(static_cast<std::size_t>(lseek(fd.get(), 0, SEEK_END)), '\0');
  const ssize_t bytes = pread(fd.get(), content.data(), content.size(), 0);
  content.resize(bytes < 0 ? 0 : static_cast<std::size_t>(bytes));
  return content;
}

/// Starts the program and waits for its end; its exit code, or -1.
int run_on(const std::vector<std::string>& argv, int in, int out, int err) {
  std::vector<char*> arguments;
  arguments.reserve(argv.size() + 1);
  for (const std::string& argument : argv) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  if (error != 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) {
    return -1;
  }
  return WEXITSTATUS(status);
}

}  // namespace

ProgramResult run_program(const std::vector<std::string>& argv, std::string_view input) {
  const UniqueFd in = memory_file(input);
  const UniqueFd out = memory_file({});
  const UniqueFd err = memory_file({});
  ProgramResult result;
  result.exit_code = run_on(argv, in.get(), out.get(), err.get());
  result.out = content_of(out);
  result.err = content_of(err);
  return result;
}

}  // namespace shmx::test
