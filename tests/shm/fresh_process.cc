#include "tests/shm/fresh_process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

// TSan's way of taking options from a program. Children that start threads are what is tested.
// NOLINTNEXTLINE(bugprone-reserved-identifier): the name is TSan's.
extern "C" const char* __tsan_default_options() {
  return "die_after_fork=0";
}

namespace shmx::test {

void in_fresh_process(const std::function<void()>& body) {
  std::fflush(nullptr);
  const pid_t pid = fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    body();
    std::fflush(nullptr);
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  expect_exit_0(pid);
}

void expect_exit_0(int pid) {
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFEXITED(status)) << "ended by signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0) << "its failures are printed above";
}

}  // namespace shmx::test
