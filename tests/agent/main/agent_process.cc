// Starts the agent with a pipe for its output.
#include "tests/agent/main/agent_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <stdexcept>

namespace shmx::testing {

AgentProcess::AgentProcess(const std::vector<std::string>& arguments) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, pipe[1], STDERR_FILENO);
  std::string program = SHMX_AGENT;
  std::vector<std::string> owned = arguments;
  if (std::none_of(owned.begin(), owned.end(),
                   [](const auto& given) { return given.starts_with("--state.directory"); })) {
    owned.push_back("--state.directory=" + state_.path());
  }
  std::vector<char*> argv = {program.data()};
  for (auto& argument : owned) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const int failed = ::posix_spawn(&pid_, SHMX_AGENT, &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);
  output_ = ::fdopen(pipe[0], "r");
  if (failed != 0) throw std::runtime_error("cannot start " SHMX_AGENT);
}

AgentProcess::~AgentProcess() {
  stop_reading();
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
}

std::string AgentProcess::next_line() {
  std::string line;
  for (int c = std::fgetc(output_); c != EOF && c != '\n'; c = std::fgetc(output_)) {
    line += static_cast<char>(c);
  }
  return line;
}

std::string AgentProcess::listening_address() {
  const std::string key = " msg=Listening address=";
  std::string before;
  for (std::string line = next_line(); !line.empty(); line = next_line()) {
    const auto found = line.find(key);
    if (found != std::string::npos) {
      const std::size_t address = found + key.size();
      return line.substr(address, line.find(' ', address) - address);
    }
    before += line + "\n";
  }
  throw std::runtime_error("the agent does not listen:\n" + before);
}

void AgentProcess::signal(int number) const {
  ::kill(pid_, number);
}

void AgentProcess::stop_reading() {
  if (output_) std::fclose(output_);
  output_ = nullptr;
}

std::string AgentProcess::remaining_output() {
  std::string all;
  for (std::string line = next_line(); !line.empty(); line = next_line()) all += line + "\n";
  return all;
}

int AgentProcess::exit_code() {
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace shmx::testing
