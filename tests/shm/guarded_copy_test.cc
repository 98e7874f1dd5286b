// Whose a SIGBUS is: a fault on a page that is gone, within the range that is guarded, is an error
// result; any other does what it would have done without us. Each test is a process of its own, for
// a process has one handler. What files do that are cut while they are read is
// truncation_test.cc's.
#include "shm/guarded_copy.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <tuple>

#include "tests/shm/fresh_process.h"
#include "tests/shm/image.h"
#include "tests/shm/temp_dir.h"

namespace shmx::test {
namespace {

using layout::Cell;
using layout::kPageBytes;

// Two pages of a file whose second one is gone.
class CutFile {
 public:
  CutFile() {
    EXPECT_EQ(ftruncate(fd_.get(), 2 * kPageBytes), 0);
    map_ = mmap(nullptr, 2 * kPageBytes, PROT_READ, MAP_SHARED, fd_.get(), 0);
    EXPECT_NE(map_, MAP_FAILED);
    EXPECT_EQ(ftruncate(fd_.get(), kPageBytes), 0);
  }
  ~CutFile() { munmap(map_, 2 * kPageBytes); }
  CutFile(const CutFile&) = delete;
  CutFile& operator=(const CutFile&) = delete;

  const Cell* there() const { return static_cast<const Cell*>(map_); }
  const Cell* gone() const { return there() + layout::kWordsPerPage; }

 private:
  TempDir dir_;
  UniqueFd fd_ = create_file(dir_ / "file");
  void* map_ = nullptr;
};

bool can_copy(const Cell* from) {
  std::uint64_t word = 0;
  return guarded_copy(from, &word, 1);
}

/// How a process ends that does this with the disposition of SIGBUS that programs start with.
int end_of(const std::function<void()>& body) {
  const pid_t pid = fork();
  if (pid == 0) {
    signal(SIGBUS, SIG_DFL);  // Not a sanitizer's.
    body();
    _exit(0);
  }
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return status;
}

void expect_sigbus(int status) {
  ASSERT_TRUE(WIFSIGNALED(status)) << "it ended with " << WEXITSTATUS(status);
  EXPECT_EQ(WTERMSIG(status), SIGBUS);
}

TEST(GuardedCopyTest, OneThatIsSentEndsTheProcessAsItDoesByDefault) {
  const CutFile file;
  expect_sigbus(end_of([&] {
    can_copy(file.gone());  // Installs the handler.
    kill(getpid(), SIGBUS);
  }));
}

TEST(GuardedCopyTest, OneThatIsSentWhileACopyIsUnderWayIsNoErrorOfTheFile) {
  const CutFile file;
  expect_sigbus(end_of([&] {
    guarded(
        {file.there(), kPageBytes}, [](void* /*nothing*/) { raise(SIGBUS); }, nullptr);
  }));
}

TEST(GuardedCopyTest, OneThatIsSentWithTheAddressOfTheRangeIsStillNoErrorOfTheFile) {
  const CutFile file;
  expect_sigbus(end_of([&] {
    guarded(
        {file.there(), kPageBytes},
        [](void* there) {
          siginfo_t forged{};
          forged.si_signo = SIGBUS;
          forged.si_code = SI_QUEUE;
          forged.si_addr = there;
          syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), SIGBUS, &forged);
        },
        const_cast<Cell*>(file.there()));
  }));
}

void read_word(void* from) {
  // Relaxed: it is never seen.
  std::ignore = static_cast<const Cell*>(from)->load(std::memory_order_relaxed);
}

TEST(GuardedCopyTest, AFaultBelowOrAboveTheGuardedRangeEndsTheProcess) {
  const CutFile one;
  const CutFile two;
  expect_sigbus(end_of([&] {
    guarded({one.gone(), kPageBytes}, read_word, const_cast<Cell*>(two.gone()));
  }));
  expect_sigbus(end_of([&] {
    guarded({two.gone(), kPageBytes}, read_word, const_cast<Cell*>(one.gone()));
  }));
  in_fresh_process([&] {
    EXPECT_FALSE(guarded({one.gone(), kPageBytes}, read_word, const_cast<Cell*>(one.gone())));
  });
}

TEST(GuardedCopyTest, AFaultWhereNothingIsGuardedEndsTheProcess) {
  const CutFile file;
  expect_sigbus(end_of([&] {
    can_copy(file.gone());
    read_word(const_cast<Cell*>(file.gone()));
  }));
}

TEST(GuardedCopyTest, WhereItWasIgnoredOneThatIsSentStaysIgnoredAndTheGuardGoesOn) {
  const CutFile file;
  in_fresh_process([&] {
    signal(SIGBUS, SIG_IGN);
    EXPECT_FALSE(can_copy(file.gone()));
    kill(getpid(), SIGBUS);
    EXPECT_FALSE(can_copy(file.gone()));
    EXPECT_TRUE(can_copy(file.there()));
  });
}

volatile std::sig_atomic_t g_seen = 0;

void note_signal(int /*signal*/) {
  g_seen = g_seen + 1;
}

TEST(GuardedCopyTest, TheHandlerThatWasThereBeforeGetsWhatIsSentAndTheGuardGoesOn) {
  const CutFile file;
  in_fresh_process([&] {
    signal(SIGBUS, note_signal);
    EXPECT_FALSE(can_copy(file.gone()));
    EXPECT_EQ(g_seen, 0);
    kill(getpid(), SIGBUS);
    EXPECT_EQ(g_seen, 1);
    EXPECT_FALSE(can_copy(file.gone()));
    EXPECT_EQ(g_seen, 1);
  });
}

TEST(GuardedCopyTest, AGuardWithinAGuardIsLeftAlone) {
  const CutFile file;
  in_fresh_process([&] {
    const bool outer = guarded(
        {file.there(), 2 * kPageBytes},
        [](void* context) {
          const auto* const f = static_cast<const CutFile*>(context);
          EXPECT_FALSE(can_copy(f->gone()));
          EXPECT_TRUE(can_copy(f->there()));
          read_word(const_cast<Cell*>(f->gone()));
          ADD_FAILURE() << "a page that is gone was read";
        },
        const_cast<CutFile*>(&file));
    EXPECT_FALSE(outer);
  });
}

}  // namespace
}  // namespace shmx::test
