#include "tests/shm/subject.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <sstream>

namespace shmx::test {
namespace {

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{-1, -1};
  EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::string read_line(const UniqueFd& fd) {
  // Byte by byte, so that nothing of the next line is taken; the lines are few.
  std::string line;
  char c = 0;
  while (read(fd.get(), &c, 1) == 1 && c != '\n') {
    line += c;
  }
  return line;
}

std::string read_all(const UniqueFd& fd) {
  std::string text;
  std::array<char, 4096> part;
  for (ssize_t n = 0; (n = read(fd.get(), part.data(), part.size())) > 0;) {
    text.append(part.data(), static_cast<std::size_t>(n));
  }
  return text;
}

std::vector<std::string> merged_environment(const Subject::Environment& extra) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!extra.contains(text.substr(0, text.find('=')))) {
      merged.push_back(text);
    }
  }
  for (const auto& [name, value] : extra) {
    merged.push_back(std::string(name).append("=").append(value));
  }
  return merged;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (std::string& text : texts) {
    out.push_back(text.data());
  }
  out.push_back(nullptr);
  return out;
}

}  // namespace

Subject::Subject(std::vector<std::string> command, const Environment& environment) {
  Pipe input = make_pipe();
  Pipe output = make_pipe();
  Pipe errors = make_pipe();
  std::vector<std::string> merged = merged_environment(environment);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input.read.get(), 0);
  posix_spawn_file_actions_adddup2(&actions, output.write.get(), 1);
  posix_spawn_file_actions_adddup2(&actions, errors.write.get(), 2);
  const int code = posix_spawnp(&pid_, command.front().c_str(), &actions, nullptr,
                                pointers(command).data(), pointers(merged).data());
  posix_spawn_file_actions_destroy(&actions);
  EXPECT_EQ(code, 0) << "cannot start " << command.front();
  ended_ = code != 0;
  input_ = std::move(input.write);
  output_ = std::move(output.read);
  errors_ = std::move(errors.read);
}

Subject::~Subject() {
  if (!ended_) {
    kill(pid_, SIGKILL);
    wait();
  }
}

std::string Subject::line() {
  return read_line(output_);
}
std::string Subject::error_line() {
  return read_line(errors_);
}
std::string Subject::rest() {
  return read_all(output_);
}
std::string Subject::error_rest() {
  return read_all(errors_);
}

void Subject::send(const std::string& text) const {
  const std::string line = text + "\n";
  EXPECT_EQ(write(input_.get(), line.data(), line.size()), std::ssize(line));
}

void Subject::signal(int number) const {
  EXPECT_EQ(kill(pid_, number), 0);
}

int Subject::wait() {
  int status = 0;
  EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
  ended_ = true;
  return status;
}

void Subject::expect_success() {
  const int status = wait();
  EXPECT_TRUE(WIFEXITED(status)) << "ended by signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

std::string subject_program(const std::string& name) {
  return std::string(SHMX_SUBJECT_DIR) + "/" + name;
}

std::vector<Report> reports_in(const std::string& output) {
  std::vector<Report> reports;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    if (word != "report") {
      continue;
    }
    Report report;
    words >> report.pid >> report.counted;
    for (std::size_t i = 0; i < layout::kLossCount; ++i) {
      words >> report.losses.emplace_back();
    }
    words >> report.path;
    reports.push_back(report);
  }
  return reports;
}

}  // namespace shmx::test
