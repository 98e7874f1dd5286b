// A directory that is missing or cannot be written to: the service goes on, is told once, and
// counts from the moment on that the directory is there. Time is this test's own: it defines
// clock_gettime.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <ctime>
#include <filesystem>

#include "shim/metrics.h"
#include "tests/shm/fresh_process.h"
#include "tests/shm/segment_view.h"
#include "tests/shm/temp_dir.h"

namespace {
std::atomic<std::int64_t> g_advanced_s = 0;
}

extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const auto result = static_cast<int>(syscall(SYS_clock_gettime, clock, now));
  now->tv_sec += g_advanced_s.load(std::memory_order_relaxed);
  return result;
}

namespace shmx::test {
namespace {

using layout::Loss;

std::uint64_t lost(Loss loss) {
  return losses()[static_cast<std::size_t>(loss)];
}
void advance(std::int64_t seconds) {
  g_advanced_s.fetch_add(seconds, std::memory_order_relaxed);
}

class RetryTest : public testing::Test {
 protected:
  void in_process(const std::string& directory, const std::function<void()>& body) {
    in_fresh_process([&] {
      ProcessOptions options;
      options.directory = directory;
      options.on_problem = [this](std::string_view text) { problems_.emplace_back(text); };
      ASSERT_TRUE(configure(options));
      body();
    });
  }

  TempDir dir_;
  std::vector<std::string> problems_;
};

TEST_F(RetryTest, ADirectoryThatAppearsIsFoundAndCountingStartsThere) {
  const std::string directory = dir_ / "later";
  in_process(directory, [&] {
    const Counter hits = counter("hits_total", "Hits.").labels();
    for (int i = 0; i < 10; ++i) {
      hits.add();
    }
    EXPECT_EQ(lost(Loss::observations_dropped), 10U);
    EXPECT_EQ(lost(Loss::attach_failures), 1U) << "one attempt, then none for a while";
    std::filesystem::create_directory(directory);
    hits.add();
    EXPECT_EQ(lost(Loss::observations_dropped), 11U);
    advance(2);
    hits.add();
    hits.add();
    const SegmentView segment = only_segment(directory);
    EXPECT_EQ(segment.value("hits_total"), 2U);
    EXPECT_EQ(segment.lost(Loss::observations_dropped), 11U);
    EXPECT_EQ(segment.lost(Loss::attach_failures), 1U);
    ASSERT_EQ(problems_.size(), 1U);
    EXPECT_NE(problems_[0].find(directory), std::string::npos) << "names the directory";
    EXPECT_NE(problems_[0].find("SHM_EXPORTER_DIR"), std::string::npos) << "says what to set";
  });
}

TEST_F(RetryTest, AttemptsBecomeRareButNeverRarerThanOnceAMinute) {
  in_process(dir_ / "never", [&] {
    const Counter hits = counter("hits_total", "Hits.").labels();
    hits.add();
    std::uint64_t attempts = lost(Loss::attach_failures);
    // Due after a second, then after twice as long each time.
    for (const int seconds : {1, 2, 4, 8, 16, 32, 60, 60, 60}) {
      advance(seconds - 1);
      hits.add();
      if (seconds > 1) {
        EXPECT_EQ(lost(Loss::attach_failures), attempts) << "not yet due after " << seconds - 1;
      }
      advance(2);
      hits.add();
      attempts += 1;
      EXPECT_EQ(lost(Loss::attach_failures), attempts) << "due after " << seconds;
    }
    EXPECT_EQ(problems_.size(), 1U);
  });
}

TEST_F(RetryTest, PublishingTriesAtOnce) {
  const std::string directory = dir_ / "later";
  in_process(directory, [&] {
    const Counter hits = counter("hits_total", "Hits.").labels();
    hits.add();
    std::filesystem::create_directory(directory);
    publish();
    hits.add(3);
    EXPECT_EQ(only_segment(directory).value("hits_total"), 3U);
  });
}

TEST_F(RetryTest, AForkedChildTriesAtItsFirstCountWhateverItsParentHasToWait) {
  const std::string directory = dir_ / "later";
  in_process(directory, [&] {
    const Counter hits = counter("hits_total", "Hits.").labels();
    hits.add();
    std::filesystem::create_directory(directory);
    const pid_t pid = fork();
    if (pid == 0) {
      hits.add(5);
      _exit(segment_path().empty() ? 1 : 0);
    }
    expect_exit_0(pid);
    EXPECT_EQ(segment_of(directory, pid).value("hits_total"), 5U);
  });
}

TEST_F(RetryTest, ADirectoryThatMayNotBeWrittenToIsSaidOnceAndTheServiceGoesOn) {
  const std::string directory = dir_ / "forbidden";
  std::filesystem::create_directory(directory);
  ASSERT_EQ(chmod(dir_.path().c_str(), 0711), 0);
  ASSERT_EQ(chmod(directory.c_str(), 0755), 0);
  in_process(directory, [&] {
    if (geteuid() == 0) {
      ASSERT_EQ(setuid(65534), 0);
    } else {
      ASSERT_EQ(chmod(directory.c_str(), 0555), 0);
    }
    const Counter hits = counter("hits_total", "Hits.").labels();
    for (int i = 0; i < 100; ++i) {
      hits.add();
      advance(1);
    }
    EXPECT_EQ(lost(Loss::observations_dropped), 100U);
    ASSERT_EQ(problems_.size(), 1U);
    EXPECT_NE(problems_[0].find("Permission denied"), std::string::npos);
    EXPECT_TRUE(files_in(directory).empty());
  });
}

TEST_F(RetryTest, AFileInTheDirectorysPlaceIsSaidOnceAndTheServiceGoesOn) {
  const std::string path = dir_ / "file";
  const UniqueFd file(open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644));
  in_process(path, [&] {
    counter("hits_total", "Hits.").labels().add();
    EXPECT_EQ(lost(Loss::observations_dropped), 1U);
    EXPECT_EQ(problems_.size(), 1U);
  });
}

}  // namespace
}  // namespace shmx::test
