// The real writer and the real reader at the same time: threads that count, register and come and
// go while the segment is read. Every read is a state that the process was in.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>
#include <vector>

#include "shim/metrics.h"
#include "tests/shm/fresh_process.h"
#include "tests/shm/image.h"
#include "tests/shm/segment_view.h"
#include "tests/shm/temp_dir.h"

namespace shmx::test {
namespace {

constexpr int kThreads = 4;
constexpr int kSeries = 1'500;

// Registers series and counts in all so far, each observation worth three ticks.
void serve(int thread) {
  const auto hits = counter("hits_total", "Hits.");
  const auto wait = histogram("wait", "Waiting.", {.bounds = {1, 2, 4}, .ticks_per_unit = 1});
  const Histogram mine = wait.labels({{"thread", std::to_string(thread)}});
  for (int i = 0; i < kSeries; ++i) {
    hits.labels({{"n", std::to_string(i)}, {"thread", std::to_string(thread)}}).add();
    mine.observe_ticks(3);
    if (i % 100 == 0) {
      std::thread([&] { mine.observe_ticks(3); }).join();
    }
  }
}

TEST(ConcurrencyTest, EveryReadOfALiveSegmentIsConsistentAndTheLastIsExact) {
  const TempDir dir;
  in_fresh_process([&] {
    ProcessOptions options;
    options.directory = dir.path();
    ASSERT_TRUE(configure(options));
    publish();
    const UniqueFd fd(open(segment_path().c_str(), O_RDONLY | O_CLOEXEC));
    auto segment = SegmentReader::open(fd, layout::kMaxSegmentBytes);
    ASSERT_TRUE(segment.ok()) << segment.error().detail;
    std::atomic<int> running = kThreads;
    std::vector<std::thread> threads;
    threads.reserve(kThreads);
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        serve(t);
        running.fetch_sub(1);
      });
    }
    for (bool last = false; !last;) {
      last = running == 0;
      // The reader itself refuses what falls, what is cut and what is half-written.
      const auto read = segment.value().read(fd);
      ASSERT_TRUE(read.ok()) << to_string(read.error().reason) << ": " << read.error().detail;
      for (const SeriesDescriptor& series : segment.value().series()) {
        if (series.cell_count == 5) {
          const auto cells = segment.value().cells().subspan(series.first_cell, 5);
          EXPECT_GE(cells[4], 3 * (cells[0] + cells[1] + cells[2] + cells[3]));
        }
      }
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    const SegmentView view = only_segment(dir.path());
    EXPECT_EQ(view.family_total("hits_total"), std::uint64_t{kThreads} * kSeries);
    for (int t = 0; t < kThreads; ++t) {
      const SeriesView* const wait = view.find("wait", {{"thread", std::to_string(t)}});
      ASSERT_NE(wait, nullptr);
      EXPECT_EQ(wait->count(), kSeries + kSeries / 100U);
      EXPECT_EQ(wait->sum(), 3 * wait->count());
    }
  });
}

}  // namespace
}  // namespace shmx::test
