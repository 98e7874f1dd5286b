// What the host process may do to the shim, and what the shim must never do to the host process:
// closed descriptors, changed users, umasks, lost directories, small limits.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

#include "shim/metrics.h"
#include "tests/shm/image.h"
#include "tests/shm/process_test.h"
#include "tests/shm/segment_view.h"

namespace shmx::test {
namespace {

using layout::Loss;

class HostTest : public ProcessTest {
 protected:
  void in_process(const std::function<void()>& body) {
    ProcessOptions options;
    options.directory = segments();
    options.on_problem = [this](std::string_view text) { problems_.emplace_back(text); };
    ProcessTest::in_process(body, std::move(options));
  }
  std::string segments() const { return dir_ / "segments"; }

  void SetUp() override { std::filesystem::create_directory(segments()); }

  std::vector<std::string> problems_;
};

// Enough for the directory and the cells to grow, each more than once.
constexpr int kManySeries = 2'000;

void count_in_many_series() {
  const auto wide = counter("wide_total", "Many.");
  for (int i = 0; i < kManySeries; ++i) {
    wide.labels({{"n", std::to_string(i)}}).add();
  }
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

TEST_F(HostTest, NoDescriptorIsKept) {
  in_process([&] {
    const std::size_t before = open_descriptors();
    const Counter hits = counter("hits_total", "Hits.").labels();
    hits.add();
    EXPECT_EQ(open_descriptors(), before);
    count_in_many_series();
    std::thread([&] { hits.add(); }).join();
    EXPECT_EQ(open_descriptors(), before);
  });
}

TEST_F(HostTest, AnApplicationThatClosesAllDescriptorsKeepsItsOwnFilesAndItsCounts) {
  in_process([&] {
    const Counter hits = counter("hits_total", "Hits.").labels();
    hits.add();
    ASSERT_EQ(close_range(3, ~0U, 0), 0);
    std::vector<UniqueFd> own;
    own.reserve(16);
    for (int i = 0; i < 16; ++i) {
      own.push_back(create_file(dir_ / ("own" + std::to_string(i))));
    }
    hits.add();
    count_in_many_series();
    std::thread([&] { hits.add(); }).join();
    for (const UniqueFd& fd : own) {
      struct stat file {};
      ASSERT_EQ(fstat(fd.get(), &file), 0);
      EXPECT_EQ(file.st_size, 0) << "the shim wrote into a file of the application";
    }
    const SegmentView segment = only_segment(segments());
    EXPECT_EQ(segment.value("hits_total"), 3U);
    EXPECT_EQ(segment.family_total("wide_total"), kManySeries);
    EXPECT_EQ(segment.lock, LockState::held);
    EXPECT_EQ(segment.losses, (decltype(segment.losses){}));
  });
}

TEST_F(HostTest, TheFilesNameSaysNothingThatTheSegmentSays) {
  in_process([&] {
    counter("hits_total", "Hits.").labels().add();
    const SegmentView segment = only_segment(segments());
    std::string uuid;
    for (const std::uint8_t byte : segment.claims.uuid) {
      uuid += "0123456789abcdef"[byte >> 4];
      uuid += "0123456789abcdef"[byte & 15];
    }
    const std::string name = std::filesystem::path(segment.path).stem();
    EXPECT_EQ(name.size(), 32U);
    EXPECT_NE(name, uuid) << "who reads the page must not be able to guess the name";
  });
}

TEST_F(HostTest, TheFilesModeDoesNotDependOnTheUmask) {
  for (const mode_t mask : {0077, 0777, 0000}) {
    in_process([&] {
      umask(mask);
      counter("hits_total", "Hits.").labels().add();
      struct stat file {};
      ASSERT_EQ(stat(segment_path().c_str(), &file), 0);
      EXPECT_EQ(file.st_mode & 07777, 0640U);
      umask(0);
    });
  }
}

TEST_F(HostTest, AnotherUserCountsInADirectoryThatItMayOnlyWriteTo) {
  ASSERT_EQ(chmod(dir_.path().c_str(), 0711), 0);
  ASSERT_EQ(chmod(segments().c_str(), 03733), 0);
  const bool is_root = geteuid() == 0;
  in_process([&] {
    if (is_root) {
      ASSERT_EQ(setgid(65534), 0);
      ASSERT_EQ(setuid(65534), 0);
    }
    counter("hits_total", "Hits.").labels().add();
    count_in_many_series();
    EXPECT_TRUE(problems_.empty()) << problems_[0];
  });
  const SegmentView segment = only_segment(segments());
  EXPECT_EQ(segment.family_total("wide_total"), kManySeries);
  struct stat file {};
  ASSERT_EQ(stat(segment.path.c_str(), &file), 0);
  EXPECT_EQ(file.st_uid, is_root ? 65534 : geteuid());
  EXPECT_EQ(file.st_mode & 07777, 0640U);
}

TEST_F(HostTest, AProcessThatDropsItsPrivilegesBeforeItCountsOwnsItsSegment) {
  ASSERT_EQ(chmod(dir_.path().c_str(), 0711), 0);
  ASSERT_EQ(chmod(segments().c_str(), 03733), 0);
  const bool is_root = geteuid() == 0;
  in_process([&] {
    const Counter hits = counter("hits_total", "Hits.").labels();  // Registered as who it was.
    if (is_root) {
      ASSERT_EQ(setuid(65534), 0);
    }
    hits.add();
  });
  struct stat file {};
  ASSERT_EQ(stat(only_segment(segments()).path.c_str(), &file), 0);
  EXPECT_EQ(file.st_uid, is_root ? 65534 : geteuid());
}

TEST_F(HostTest, ASegmentWhoseDirectoryIsLostIsStillCountedInAndNewSeriesGoToOverflow) {
  in_process([&] {
    const auto hits = counter("hits_total", "Hits.");
    const Counter known = hits.labels({{"n", "known"}});
    known.add();
    const UniqueFd held(open(segment_path().c_str(), O_RDONLY | O_CLOEXEC));  // As the agent does.
    std::filesystem::remove_all(segments());
    known.add();
    count_in_many_series();
    std::thread([&] { known.add(); }).join();
    const auto segment = read_segment(held);
    ASSERT_TRUE(segment.ok()) << segment.error().detail;
    std::uint64_t hits_total = 0;
    std::uint64_t wide_total = 0;
    for (const SeriesDescriptor& series : segment.value().series()) {
      const std::string& name = segment.value().families()[series.family].name;
      (name == "hits_total" ? hits_total : wide_total) +=
          segment.value().cells()[series.first_cell];
    }
    EXPECT_EQ(hits_total, 3U);
    EXPECT_EQ(wide_total, kManySeries);
    const auto lost = losses();
    EXPECT_EQ(lost[static_cast<std::size_t>(Loss::observations_dropped)], 0U);
    EXPECT_EQ(problems_.size(), 1U);
  });
}

TEST_F(HostTest, AnotherFileUnderTheSegmentsNameIsLeftAlone) {
  in_process([&] {
    counter("hits_total", "Hits.").labels().add();
    const std::string path = segment_path();
    std::filesystem::remove(path);
    const UniqueFd impostor = create_file(path);
    count_in_many_series();
    struct stat file {};
    ASSERT_EQ(fstat(impostor.get(), &file), 0);
    EXPECT_EQ(file.st_size, 0);
    EXPECT_EQ(problems_.size(), 1U);
  });
}

TEST_F(HostTest, ASymbolicLinkUnderTheSegmentsNameIsNotFollowed) {
  in_process([&] {
    counter("hits_total", "Hits.").labels().add();
    const std::string path = segment_path();
    const UniqueFd victim = create_file(dir_ / "victim");
    std::filesystem::remove(path);
    std::filesystem::create_symlink(dir_ / "victim", path);
    count_in_many_series();
    struct stat file {};
    ASSERT_EQ(fstat(victim.get(), &file), 0);
    EXPECT_EQ(file.st_size, 0);
  });
}

}  // namespace
}  // namespace shmx::test
