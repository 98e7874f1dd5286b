// The other process's pipes, birth and end.
#include "tests/shim/remote_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <utility>

namespace shmx::test {
namespace {

/// Spawns the server with these two as its standard input and output.
pid_t spawn(std::array<std::string, 4> arguments, int input, int output) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  std::array<char*, 5> argv{};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    argv[i] = arguments[i].data();
  }
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  return error == 0 ? pid : -1;
}

}  // namespace

RemoteProcess::~RemoteProcess() {
  if (to_ != nullptr) {
    std::fclose(to_);  // the end of its input ends it
  }
  reap();
  if (from_ != nullptr) {
    std::fclose(from_);
  }
}

bool RemoteProcess::start(const std::string& api) {
  std::array<int, 2> input{};
  std::array<int, 2> output{};
  if (::pipe2(input.data(), O_CLOEXEC) != 0 || ::pipe2(output.data(), O_CLOEXEC) != 0) {
    return false;
  }
  pid_ = spawn({SHMX_CONFORMANCE_SERVER, api, directory_, test_}, input[0], output[1]);
  running_ = pid_ > 0;
  ::close(input[0]);
  ::close(output[1]);
  to_ = ::fdopen(input[1], "w");
  from_ = ::fdopen(output[0], "r");
  port_ = std::atoi(answer().c_str());
  return running_ && port_ > 0;
}

void RemoteProcess::say(const std::string& line) {
  std::fputs((line + '\n').c_str(), to_);
  std::fflush(to_);
}

std::string RemoteProcess::ask(const std::string& line) {
  say(line);
  return answer();
}

void RemoteProcess::kill() {
  ::kill(pid_, SIGKILL);
  reap();
}

std::string RemoteProcess::answer() {
  std::array<char, 256> buffer{};
  if (std::fgets(buffer.data(), static_cast<int>(buffer.size()), from_) == nullptr) {
    return {};
  }
  std::string line = buffer.data();
  if (line.ends_with('\n')) {
    line.pop_back();
  }
  return line;
}

void RemoteProcess::reap() {
  if (running_) {
    ::waitpid(pid_, nullptr, 0);
    running_ = false;
  }
}

}  // namespace shmx::test
