// Limits that the host sets for real: a tmpfs that is full, RLIMIT_FSIZE, memory that is refused.
// No signal, no lost service, and the books balance.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/shm/fresh_process.h"
#include "tests/shm/segment_view.h"
#include "tests/shm/subject.h"
#include "tests/shm/temp_dir.h"

namespace shmx::test {
namespace {

using layout::Loss;

// Runs the service; what it counted must be in its segment or in its drop counter. Returns whether
// it said that an allocation failed.
bool run_and_account(const std::string& directory, std::vector<std::string> steps) {
  steps.insert(steps.begin(), subject_program("shm_test_service"));
  Subject subject(std::move(steps), {{"SHM_EXPORTER_DIR", directory}});
  const std::string output = subject.rest();
  subject.expect_success();
  const auto reports = reports_in(output);
  EXPECT_EQ(reports.size(), 1U);
  for (const Report& report : reports) {
    std::uint64_t shown = 0;
    if (!report.path.empty()) {
      const SegmentView segment = only_segment(directory);
      shown = segment.family_total("steps_total") + segment.family_total("wide_total");
      std::filesystem::remove(segment.path);
    }
    EXPECT_EQ(shown + report.losses[static_cast<std::size_t>(Loss::observations_dropped)],
              report.counted);
  }
  EXPECT_TRUE(files_in(directory).empty()) << files_in(directory).front();
  return output.starts_with("hit");
}

const std::vector<std::string> kSteps = {"count:10", "series:700", "thread:10", "thread:10",
                                         "count:10"};

// Mounts a tmpfs of its own over `directory`, seen by this process and its children only.
void mount_tmpfs(const std::string& directory, const std::string& options) {
  if (geteuid() == 0) {
    ASSERT_EQ(unshare(CLONE_NEWNS), 0);
  } else {
    ASSERT_EQ(unshare(CLONE_NEWUSER | CLONE_NEWNS), 0);
  }
  ASSERT_EQ(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
  ASSERT_EQ(mount("tmpfs", directory.c_str(), "tmpfs", 0, options.c_str()), 0);
}

TEST(LimitsTest, ATmpfsThatIsFullAfterAnyNumberOfPagesKillsNobody) {
  const TempDir dir;
  in_fresh_process([&] {
    mount_tmpfs(dir.path(), "size=128k");
    for (int pages = 0; pages <= 32; ++pages) {
      SCOPED_TRACE(std::to_string(pages) + " pages free");
      ASSERT_EQ(mount("tmpfs", dir.path().c_str(), "tmpfs", MS_REMOUNT,
                      ("size=" + std::to_string(std::max(pages, 1) * 4) + "k").c_str()),
                0);
      if (pages == 0) {
        std::ofstream(dir / "filler") << std::string(4096, 'x');
        Subject subject({subject_program("shm_test_service"), "count:10"},
                        {{"SHM_EXPORTER_DIR", dir.path()}});
        subject.expect_success();
        std::filesystem::remove(dir / "filler");
        continue;
      }
      run_and_account(dir.path(), kSteps);
    }
  });
}

TEST(LimitsTest, ATmpfsWithoutInodesKillsNobody) {
  const TempDir dir;
  in_fresh_process([&] {
    mount_tmpfs(dir.path(), "size=64k,nr_inodes=1");
    run_and_account(dir.path(), kSteps);
  });
}

TEST(LimitsTest, ATmpfsThatFillsUpWhileTheServiceCountsKillsNobody) {
  const TempDir dir;
  in_fresh_process([&] {
    mount_tmpfs(dir.path(), "size=256k");
    Subject subject({subject_program("shm_test_service"), "count:10", "wait", "count:1000",
                     "series:700", "thread:10", "count:10"},
                    {{"SHM_EXPORTER_DIR", dir.path()}});
    subject.line();
    {
      std::ofstream filler(dir / "filler");
      while (filler << std::string(4096, 'x') && filler.flush()) {
      }
    }
    subject.send("");
    const auto reports = reports_in(subject.rest());
    subject.expect_success();
    std::filesystem::remove(dir / "filler");
    const SegmentView segment = only_segment(dir.path());
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(segment.value("steps_total"), 1'030U) << "what existed stays exact";
    EXPECT_EQ(segment.family_total("wide_total") + segment.lost(Loss::observations_dropped), 700U);
  });
}

TEST(LimitsTest, AFileSizeLimitIsNoSignalToTheService) {
  const TempDir dir;
  for (const int bytes : {0, 1, 4095, 4096, 8192, 20'480, 28'671, 28'672, 32'768, 65'536}) {
    SCOPED_TRACE(bytes);
    std::vector<std::string> steps = kSteps;
    steps.insert(steps.begin(), "filesize:" + std::to_string(bytes));
    run_and_account(dir.path(), steps);
  }
}

TEST(LimitsTest, AnAllocationThatFailsAnywhereInTheShimIsSurvived) {
  const TempDir dir;
  bool hit = true;
  for (int n = 1; hit; ++n) {
    SCOPED_TRACE("allocation " + std::to_string(n));
    hit = run_and_account(dir.path(), {"failnew:" + std::to_string(n), "publish", "count:5",
                                       "series:8", "thread:5", "series:150", "count:5"});
    ASSERT_LT(n, 10'000);
    if (testing::Test::HasFailure()) {
      return;
    }
  }
}

}  // namespace
}  // namespace shmx::test
