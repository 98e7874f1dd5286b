// Life is a lock that the mapping holds: taken before a segment has its name, kept as long as the
// process can still count, whatever else it does, and free as soon as it cannot.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/shm/segment_view.h"
#include "tests/shm/subject.h"
#include "tests/shm/temp_dir.h"

namespace shmx::test {
namespace {

class LifetimeTest : public testing::Test {
 protected:
  Subject::Environment environment() const { return {{"SHM_EXPORTER_DIR", dir_.path()}}; }
  std::vector<std::string> command(std::vector<std::string> steps) const {
    steps.insert(steps.begin(), subject_program("shm_test_service"));
    return steps;
  }
  /// The process that says that it waits, as it calls itself.
  static pid_t waiting_pid(Subject& subject) {
    const std::string line = subject.line();
    EXPECT_TRUE(line.starts_with("waiting ")) << line;
    return std::stoi(line.substr(line.find(' ')));
  }
  LockState lock() const { return only_segment(dir_.path()).lock; }

  TempDir dir_;
};

TEST_F(LifetimeTest, TheLockIsHeldWhileTheProcessLivesAndFreeAfterItsEnd) {
  Subject subject(command({"count:1", "wait"}), environment());
  subject.line();
  EXPECT_EQ(lock(), LockState::held);
  subject.send("");
  subject.expect_success();
  EXPECT_EQ(lock(), LockState::free);
  EXPECT_EQ(only_segment(dir_.path()).value("steps_total"), 1U);
}

TEST_F(LifetimeTest, TheLockSurvivesThatTheProcessClosesAllItsDescriptors) {
  Subject subject(command({"count:1", "close", "wait"}), environment());
  subject.line();
  EXPECT_EQ(lock(), LockState::held);
}

TEST_F(LifetimeTest, TheLockIsFreeAfterKill9) {
  Subject subject(command({"count:1", "wait"}), environment());
  subject.line();
  subject.signal(SIGKILL);
  subject.wait();
  EXPECT_EQ(lock(), LockState::free);
  EXPECT_EQ(only_segment(dir_.path()).value("steps_total"), 1U);
}

TEST_F(LifetimeTest, TheLockIsHeldByAStoppedProcess) {
  Subject subject(command({"count:1", "stop", "wait"}), environment());
  int status = 0;
  ASSERT_EQ(waitpid(subject.pid(), &status, WUNTRACED), subject.pid());
  ASSERT_TRUE(WIFSTOPPED(status));
  EXPECT_EQ(lock(), LockState::held);
  subject.signal(SIGCONT);
  subject.line();
  EXPECT_EQ(lock(), LockState::held);
}

TEST_F(LifetimeTest, TheLockIsFreeOnceTheProcessIsAnotherProgram) {
  Subject subject(command({"count:1", "exec:" + subject_program("shm_test_service")}),
                  environment());
  subject.line();  // Said by the new program, which has the same pid.
  EXPECT_EQ(lock(), LockState::free);
}

TEST_F(LifetimeTest, TheLockIsHeldByThreadsThatOutliveTheMainThread) {
  Subject subject(command({"count:1", "leave"}), environment());
  subject.line();
  EXPECT_EQ(lock(), LockState::held);
  subject.send("");
  subject.expect_success();
  EXPECT_EQ(lock(), LockState::free);
}

TEST_F(LifetimeTest, TheLockIsFreeOnceAThreadMadeTheProcessAnotherProgram) {
  Subject subject(command({"count:1", "threadexec:" + subject_program("shm_test_service")}),
                  environment());
  subject.line();
  EXPECT_EQ(lock(), LockState::free);
}

TEST_F(LifetimeTest, ADaemonHasALockOfItsOwnAndWhoStartedItLeavesNone) {
  Subject subject(command({"count:1", "daemonise", "count:2", "wait", "count:3"}), environment());
  const pid_t daemon = waiting_pid(subject);
  subject.expect_success();
  EXPECT_EQ(segment_of(dir_.path(), subject.pid()).lock, LockState::free);
  EXPECT_EQ(segment_of(dir_.path(), daemon).lock, LockState::held);
  subject.send("");
  subject.rest();  // Up to the daemon's end.
  EXPECT_EQ(segment_of(dir_.path(), daemon).value("steps_total"), 5U);
}

TEST_F(LifetimeTest, AChildThatCountsHasALockOfItsOwnWhenItsParentIsKilled) {
  Subject subject(command({"count:1", "orphan", "count:2", "wait"}), environment());
  const pid_t child = waiting_pid(subject);
  subject.wait();
  EXPECT_EQ(segment_of(dir_.path(), subject.pid()).lock, LockState::free);
  EXPECT_EQ(segment_of(dir_.path(), child).lock, LockState::held);
}

TEST_F(LifetimeTest, AChildThatDoesNotCountHoldsNoLockOfItsParents) {
  Subject subject(command({"count:1", "orphan", "wait"}), environment());
  const pid_t child = waiting_pid(subject);
  subject.wait();
  EXPECT_EQ(lock(), LockState::free);
  EXPECT_EQ(kill(child, 0), 0);
}

TEST_F(LifetimeTest, TheLockIsFreeWhenTheProcessIsAZombie) {
  Subject subject(command({"count:1", "wait"}), environment());
  subject.line();
  subject.signal(SIGKILL);
  siginfo_t info{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(subject.pid()), &info, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(lock(), LockState::free);
}

TEST_F(LifetimeTest, TheLockIsHeldInNamespacesOfOtherPidsAndTimes) {
  for (const char* const kind : {"--pid", "--time"}) {
    TempDir dir;
    std::vector<std::string> inside = command({"count:1", "close", "wait"});
    inside.insert(inside.begin(), {"unshare", kind, "--fork", "--kill-child"});
    Subject subject(inside, {{"SHM_EXPORTER_DIR", dir.path()}});
    waiting_pid(subject);
    EXPECT_EQ(only_segment(dir.path()).lock, LockState::held) << kind;
    subject.send("");
    subject.expect_success();  // unshare has waited for it.
    EXPECT_EQ(only_segment(dir.path()).lock, LockState::free) << kind;
  }
}

TEST_F(LifetimeTest, EachOfTwoProcessesHasItsOwnLock) {
  Subject first(command({"count:1", "wait"}), environment());
  Subject second(command({"count:1", "wait"}), environment());
  first.line();
  second.line();
  first.signal(SIGKILL);
  first.wait();
  EXPECT_EQ(segment_of(dir_.path(), first.pid()).lock, LockState::free);
  EXPECT_EQ(segment_of(dir_.path(), second.pid()).lock, LockState::held);
}

TEST_F(LifetimeTest, AskingForTheLockStateNeitherTakesNorFreesIt) {
  Subject subject(command({"count:1", "wait"}), environment());
  subject.line();
  const std::string path = only_segment(dir_.path()).path;
  for (int i = 0; i < 100; ++i) {
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    ASSERT_EQ(segment_lock_state(fd.get()), LockState::held);
  }
  const UniqueFd fd(open(path.c_str(), O_RDWR | O_CLOEXEC));
  EXPECT_FALSE(lock_segment(fd.get()));
  subject.signal(SIGKILL);
  subject.wait();
  EXPECT_EQ(segment_lock_state(fd.get()), LockState::free);
  EXPECT_TRUE(lock_segment(fd.get()));
}

}  // namespace
}  // namespace shmx::test
