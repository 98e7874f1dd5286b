// What the shim says on stderr harms nobody: not when nobody reads it, not when it is full, and not
// when the application has something else there.
#include "shm/complaint.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "tests/shm/fresh_process.h"

namespace shmx::test {
namespace {

struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() { EXPECT_EQ(pipe(ends), 0); }
  void become_stderr() const { dup2(ends[1], STDERR_FILENO); }
};

std::string taken_from(int fd) {
  char buffer[4096];
  fcntl(fd, F_SETFL, O_NONBLOCK);
  const ssize_t size = read(fd, buffer, sizeof(buffer));
  return {buffer, size > 0 ? static_cast<std::size_t>(size) : 0};
}

TEST(Complaint, IsOneLineOfAtMostAKilobyte) {
  in_fresh_process([] {
    const Pipe pipe;
    pipe.become_stderr();
    remember_stderr();
    complain("the disk is full");
    EXPECT_EQ(taken_from(pipe.ends[0]), "shm_exporter: the disk is full\n");
    complain(std::string(100'000, 'x'));
    const std::string cut = taken_from(pipe.ends[0]);
    EXPECT_EQ(cut.size(), 1024U);
    EXPECT_EQ(cut.back(), '\n');
  });
}

TEST(Complaint, ToNobodyDoesNotEndTheProcessNorLeaveASignalBehind) {
  in_fresh_process([] {
    const Pipe pipe;
    pipe.become_stderr();
    remember_stderr();
    close(pipe.ends[0]);
    std::signal(SIGPIPE, SIG_DFL);
    complain("nobody hears this");
    sigset_t pending;
    sigpending(&pending);
    EXPECT_EQ(sigismember(&pending, SIGPIPE), 0);
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    EXPECT_EQ(sigismember(&blocked, SIGPIPE), 0);
  });
}

TEST(Complaint, DoesNotWaitForAReader) {
  in_fresh_process([] {
    const Pipe pipe;
    pipe.become_stderr();
    remember_stderr();
    fcntl(pipe.ends[1], F_SETFL, O_NONBLOCK);
    const std::string page(4096, 'x');
    while (write(pipe.ends[1], page.data(), page.size()) > 0) {
    }
    fcntl(pipe.ends[1], F_SETFL, 0);
    complain("there is no room for this");  // Would wait for ever.
  });
}

TEST(Complaint, GoesIntoNoFileThatTheApplicationHasThereInstead) {
  in_fresh_process([] {
    const Pipe before;
    before.become_stderr();
    remember_stderr();
    const Pipe database;
    database.become_stderr();
    complain("not into this");
    EXPECT_EQ(taken_from(database.ends[0]), "");
    close(STDERR_FILENO);
    complain("nowhere");
  });
}

}  // namespace
}  // namespace shmx::test
