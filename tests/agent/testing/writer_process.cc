#include "tests/agent/testing/writer_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>

namespace shmx::testing {
namespace {

struct Pipe {
  int read_end;
  int write_end;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("pipe2");
  }
  return {ends[0], ends[1]};
}

}  // namespace

WriterProcess::WriterProcess(const std::string& directory, const std::string& service,
                             std::uint32_t max_series) {
  const Pipe in = make_pipe();
  const Pipe out = make_pipe();
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in.read_end, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, out.write_end, STDOUT_FILENO);
  std::array<std::string, 4> words = {SHMX_SEGMENT_WRITER, directory, service,
                                      std::to_string(max_series)};
  std::array<char*, 5> argv = {words[0].data(), words[1].data(), words[2].data(), words[3].data(),
                               nullptr};
  const int result =
      ::posix_spawn(&pid_, SHMX_SEGMENT_WRITER, &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(in.read_end);
  ::close(out.write_end);
  to_ = ::fdopen(in.write_end, "w");
  from_ = ::fdopen(out.read_end, "r");
  if (result != 0) {
    throw std::runtime_error("posix_spawn " SHMX_SEGMENT_WRITER);
  }
}

WriterProcess::~WriterProcess() {
  kill();
  std::fclose(to_);
  std::fclose(from_);
}

std::string WriterProcess::run(const std::string& command) {
  std::fputs((command + "\n").c_str(), to_);
  std::fflush(to_);
  std::array<char, 4096> line{};
  if (std::fgets(line.data(), line.size(), from_) == nullptr) {
    throw std::runtime_error("the writer is gone: " + command);
  }
  std::string answer = line.data();
  answer.pop_back();
  if (answer == "ok") {
    return "";
  }
  if (!answer.starts_with("ok ")) {
    throw std::runtime_error(command + ": " + answer);
  }
  return answer.substr(3);
}

void WriterProcess::kill() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    wait();
  }
}

void WriterProcess::exit() {
  std::fputs("exit 0\n", to_);
  std::fflush(to_);
  wait();
}

void WriterProcess::wait() {
  if (pid_ > 0) {
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
  }
}

}  // namespace shmx::testing
