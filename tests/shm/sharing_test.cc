// Threads that store into the same shard at the same time, because all others are taken or because
// they are ending: nothing is lost.
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <barrier>
#include <functional>
#include <numeric>
#include <thread>
#include <utility>
#include <vector>

#include "tests/shm/process_test.h"

namespace shmx::test {
namespace {

using layout::Loss;

// Threads that all do the same until each has seen the next one move so many times meanwhile:
// however the machine schedules them, they have interrupted each other in the middle of it.
class Contest {
 public:
  explicit Contest(int threads) : steps_(threads) {}

  void take_part(std::size_t me, const auto& step) {
    constexpr int kMoves = 20;
    const std::atomic<std::uint64_t>& rival = steps_[(me + 1) % steps_.size()];
    std::uint64_t last = rival;
    int moves = 0;
    while (satisfied_ < steps_.size()) {
      for (int i = 0; i < 100; ++i) {
        step();
      }
      steps_[me] += 100;
      moves += std::exchange(last, rival) != last ? 1 : 0;
      satisfied_ += moves == kMoves ? 1 : 0;
      moves += moves == kMoves ? 1 : 0;
    }
  }
  /// How many steps were made in all, once all threads have left.
  std::uint64_t steps() const {
    return std::accumulate(steps_.begin(), steps_.end(), std::uint64_t{0});
  }

 private:
  std::vector<std::atomic<std::uint64_t>> steps_;
  std::atomic<std::size_t> satisfied_ = 0;
};

class SharingTest : public ProcessTest {};

TEST_F(SharingTest, MoreThreadsThanShardsCountExactlyAndTheExcessIsReported) {
  in_process([&] {
    constexpr int kThreads = 100;
    constexpr int kCounts = 2'000;
    Counter hits = counter("hits_total", "Hits.").labels();
    InFlight busy = in_flight("busy", "Under way.").labels();
    Histogram wait = histogram("wait_seconds", "Waiting.", {.bounds = {1, 2}}).labels();
    hits.add();
    std::barrier all_have_counted(kThreads);
    run_threads(kThreads, [&] {
      hits.add();
      all_have_counted.arrive_and_wait();  // Nobody has ended: all leases are held at once.
      for (int i = 1; i < kCounts; ++i) {
        hits.add();
        busy.add(i % 2 == 0 ? 1 : -1);
        wait.observe_ticks(1'500'000'000);
      }
      busy.add(1);
      all_have_counted.arrive_and_wait();
    });
    const SegmentView segment = only_segment(dir_.path());
    EXPECT_EQ(segment.shards, layout::kMaxShards);
    EXPECT_EQ(segment.value("hits_total"), kThreads * kCounts + 1U);
    EXPECT_EQ(segment.value("busy"), 0U);
    const SeriesView* const observed = segment.find("wait_seconds");
    ASSERT_NE(observed, nullptr);
    EXPECT_EQ(observed->cells[1], kThreads * (kCounts - 1U));
    EXPECT_EQ(observed->sum(), std::uint64_t{1'500'000'000} * kThreads * (kCounts - 1));
    // 63 shards are private; the main thread has one of them.
    EXPECT_EQ(segment.lost(Loss::shards_shared), kThreads + 1U - (layout::kMaxShards - 1));
    EXPECT_EQ(segment.lost(Loss::observations_dropped), 0U);
  });
}

TEST_F(SharingTest, ThreadsThatShareAShardLoseNothing) {
  in_process([&] {
    constexpr int kOwners = layout::kMaxShards - 1;
    constexpr int kSharers = 3;
    const Counter hits = counter("hits_total", "Hits.").labels();
    const InFlight busy = in_flight("busy", "Under way.").labels();
    const Histogram wait = histogram("wait_seconds", "Waiting.", {.bounds = {1, 2}}).labels();
    std::barrier all_owned(kOwners + 1);
    std::barrier done(kOwners + 1);
    std::vector<std::thread> owners;
    owners.reserve(kOwners);
    for (int i = 0; i < kOwners; ++i) {
      owners.emplace_back([&] {
        hits.add();
        all_owned.arrive_and_wait();
        done.arrive_and_wait();
      });
    }
    all_owned.arrive_and_wait();
    Contest contest(kSharers);
    std::atomic<std::size_t> next = 0;
    run_threads(kSharers, [&] {
      contest.take_part(next++, [&] {
        hits.add();
        busy.add(1);
        wait.observe_ticks(1'500'000'000);
      });
    });
    done.arrive_and_wait();
    for (std::thread& owner : owners) {
      owner.join();
    }
    const SegmentView segment = only_segment(dir_.path());
    EXPECT_EQ(segment.lost(Loss::shards_shared), kSharers);
    EXPECT_EQ(segment.value("hits_total"), contest.steps() + kOwners);
    EXPECT_EQ(segment.value("busy"), contest.steps());
    EXPECT_EQ(segment.find("wait_seconds")->count(), contest.steps());
    EXPECT_EQ(segment.find("wait_seconds")->sum(), contest.steps() * 1'500'000'000);
  });
}

TEST_F(SharingTest, AGaugeThatManyThreadsAddToIsExact) {
  in_process([&] {
    constexpr int kThreads = 3;
    const Gauge level = gauge("level", "A level.").labels();
    Contest contest(kThreads);
    std::atomic<std::size_t> next = 0;
    run_threads(kThreads, [&] {
      contest.take_part(next++, [&] {
        level.add(1.5);
        level.add(-0.5);
      });
    });
    EXPECT_EQ(gauge_from_cell(only_segment(dir_.path()).value("level")),
              static_cast<double>(contest.steps()));
  });
}

// A thread that counts in a destructor which runs after the shim's.
struct LateThread {
  Contest contest{2};
  Counter hits;
  std::barrier<> returned{2};  ///< it has given its shard back
  std::barrier<> leased{2};    ///< another thread has it

  static void in_destructor(void* self) {
    auto& late = *static_cast<LateThread*>(self);
    late.returned.arrive_and_wait();
    late.leased.arrive_and_wait();
    late.contest.take_part(0, [&] { late.hits.add(); });
  }
};

TEST_F(SharingTest, AThreadThatGaveItsShardBackDoesNotCountInItAgain) {
  in_process([&] {
    LateThread late;
    late.hits = counter("hits_total", "Hits.").labels();
    pthread_key_t late_key{};
    ASSERT_EQ(pthread_key_create(&late_key, LateThread::in_destructor), 0);
    std::thread ending([&] {
      late.hits.add();  // Leases the only private shard there is.
      pthread_setspecific(late_key, &late);
    });
    late.returned.arrive_and_wait();
    late.hits.add();  // Leases the same.
    late.leased.arrive_and_wait();
    late.contest.take_part(1, [&] { late.hits.add(); });
    ending.join();
    const SegmentView segment = only_segment(dir_.path());
    EXPECT_EQ(segment.shards, 2U);
    EXPECT_EQ(segment.value("hits_total"), 2 + late.contest.steps());
  });
}

}  // namespace
}  // namespace shmx::test
