// The real writer, one machine instruction after the other: whenever a byte of its segment has
// changed, a reader must find a segment that is whole, with a prefix of what was registered and
// with sums that are never behind their counts. What a crash at that instant would leave is just
// this.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <numeric>
#include <vector>

#include "shim/metrics.h"
#include "tests/shm/image.h"
#include "tests/shm/segment_view.h"
#include "tests/shm/temp_dir.h"

namespace shmx::test {
namespace {

const std::string kLongHelp(1000, 'h');

std::vector<double> many_bounds() {
  std::vector<double> bounds;
  bounds.reserve(255);
  for (int i = 0; i < 255; ++i) {
    bounds.push_back(i);
  }
  return bounds;
}

// Brings the directory to the end of its first allocation, so that few steps make it grow.
void fill_directory() {
  for (int i = 0; i < 14; ++i) {
    counter("filler_" + std::to_string(i) + "_total", kLongHelp);
  }
}

// What is watched: families and series, growth of the cells (a histogram has half a page of them)
// and of the directory, counts and observations of every kind.
void live() {
  const Counter hits = counter("hits_total", "Hits.").labels({{"kind", "retail"}});
  hits.add(2);
  hits.add();
  const Histogram wait = histogram("wait", "W.", {.bounds = {1, 2}, .ticks_per_unit = 1}).labels();
  wait.observe_ticks(3);
  wait.observe(3);
  const Histogram wide =
      histogram("wide", "W.", {.bounds = many_bounds(), .ticks_per_unit = 1}).labels();
  wide.observe_ticks(3);
  const Histogram native = histogram("native", "N.",
                                     {.bounds = {1, 2},
                                      .ticks_per_unit = 1,
                                      .buckets = BucketKind::both,
                                      .native = {.schema = 0, .smallest = 1, .largest = 8}})
                               .labels();
  native.observe_ticks(3);
  native.observe(3);
  counter("long_1_total", kLongHelp).labels().add();
  counter("long_2_total", kLongHelp).labels().add();
  gauge("level", "A level.", {.mode = GaugeMode::most_recent}).labels().set(5);
}

class Watcher {
 public:
  explicit Watcher(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    auto reader = read_segment(fd_);
    EXPECT_TRUE(reader.ok()) << reader.error().detail;
    kept_.push_back(std::move(reader).value());
  }

  // Reads the segment if a byte has changed since the last time.
  void look() {
    std::vector<std::byte> now(size());
    ASSERT_EQ(pread(fd_.get(), now.data(), now.size(), 0), std::ssize(now));
    if (now == last_) {
      return;
    }
    last_ = std::move(now);
    ++states_;
    const auto fresh = read_segment(fd_);
    ASSERT_TRUE(fresh.ok()) << "state " << states_ << ": " << fresh.error().detail;
    const auto again = kept_[0].read(fd_);
    ASSERT_TRUE(again.ok()) << "state " << states_ << ": " << again.error().detail;
    ASSERT_EQ(fresh.value().series().size(), kept_[0].series().size());
    check(fresh.value());
  }

  int states() const { return states_; }
  const SegmentReader& reader() const { return kept_[0]; }

 private:
  std::size_t size() const {
    struct stat file {};
    EXPECT_EQ(fstat(fd_.get(), &file), 0);
    return static_cast<std::size_t>(file.st_size);
  }

  static void check(const SegmentReader& reader) {
    for (const SeriesDescriptor& series : reader.series()) {
      if (reader.families()[series.family].kind != FamilyKind::histogram) {
        continue;
      }
      const auto cells = reader.cells().subspan(series.first_cell, series.cell_count);
      const FamilyDescriptor& family = reader.families()[series.family];
      const auto buckets = cells.first(cells.size() - 1);
      const auto classic = buckets.first(classic_cells_of(family));
      const auto native = buckets.subspan(classic.size());
      const auto in_classic = std::accumulate(classic.begin(), classic.end(), std::uint64_t{0});
      const auto in_native = std::accumulate(native.begin(), native.end(), std::uint64_t{0});
      const std::uint64_t ahead = cells.back() - 3 * (family.native ? in_native : in_classic);
      ASSERT_TRUE(ahead == 0 || ahead == 3) << "the sum is behind, or ahead by more than one";
      if (family.native) {
        ASSERT_TRUE(in_native == in_classic || in_native == in_classic + 1)
            << "classic buckets are ahead, or behind by more than one";
      }
    }
  }

  UniqueFd fd_;
  std::vector<SegmentReader> kept_;  ///< one, read again and again
  std::vector<std::byte> last_;
  int states_ = 0;
};

[[noreturn]] void be_watched(const std::string& directory) {
  ProcessOptions options;
  options.directory = directory;
  configure(options);
  fill_directory();
  publish();
  ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
  raise(SIGSTOP);
  live();
  _exit(0);
}

TEST(WriterStepsTest, EveryStoreLeavesASegmentThatCanBeRead) {
  const TempDir dir;
  const pid_t pid = fork();
  if (pid == 0) {
    be_watched(dir.path());
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  ASSERT_TRUE(WIFSTOPPED(status));
  const SegmentView born = only_segment(dir.path());
  Watcher watcher(born.path);
  while (WIFSTOPPED(status) && !HasFatalFailure()) {
    watcher.look();
    ASSERT_EQ(ptrace(PTRACE_SINGLESTEP, pid, nullptr, nullptr), 0);
    ASSERT_EQ(waitpid(pid, &status, 0), pid);
  }
  if (!WIFEXITED(status)) {
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
  }
  ASSERT_FALSE(HasFailure());
  ASSERT_EQ(WEXITSTATUS(status), 0);
  watcher.look();
  // It saw the growth and the records come byte by byte, not only the end.
  const SegmentView end = only_segment(dir.path());
  EXPECT_GT(end.file_bytes, born.file_bytes);
  EXPECT_GT(watcher.states(), 100);
  EXPECT_EQ(end.value("hits_total", {{"kind", "retail"}}), 3U);
  EXPECT_EQ(end.find("wait")->count(), 2U);
  EXPECT_EQ(end.find("wide")->count(), 1U);
  EXPECT_EQ(end.find("native")->count(), 2U);
  EXPECT_EQ(end.value("long_2_total"), 1U);
  EXPECT_EQ(gauge_from_cell(end.value("level")), 5.0);
}

}  // namespace
}  // namespace shmx::test
