// Threads come and go and count to their very end: nothing is lost, and the segment stays bounded.
// Threads that share a shard are sharing_test.cc's.
#include <gtest/gtest.h>
#include <pthread.h>

#include <barrier>
#include <cerrno>
#include <thread>
#include <vector>

#include "tests/shm/process_test.h"

namespace shmx::test {
namespace {

using layout::Loss;

class ThreadsTest : public ProcessTest {};

struct CountsAtThreadEnd {
  Counter counter;
  ~CountsAtThreadEnd() { counter.add(); }
};

pthread_key_t key_that_counts() {
  pthread_key_t key{};
  const int code =
      pthread_key_create(&key, [](void* value) { static_cast<const Counter*>(value)->add(); });
  EXPECT_EQ(code, 0);
  return key;
}

// Made before the shim makes its own at load, and after: both orders of destruction.
pthread_key_t g_early_key;
[[gnu::constructor(101)]] void make_early_key() {
  g_early_key = key_that_counts();
}

TEST_F(ThreadsTest, TenThousandShortThreadsLoseNoCountNotEvenThoseOfTheirDestructors) {
  in_process([&] {
    constexpr int kThreads = 10'000;
    constexpr int kAtOnce = 8;
    Counter body = counter("body_total", "From threads.").labels();
    Counter local = counter("local_total", "From thread_local destructors.").labels();
    Counter keyed = counter("keyed_total", "From destructors of pthread keys.").labels();
    const pthread_key_t late_key = key_that_counts();
    for (int i = 0; i < kThreads / kAtOnce; ++i) {
      run_threads(kAtOnce, [&] {
        pthread_setspecific(g_early_key, &keyed);
        pthread_setspecific(late_key, &keyed);
        thread_local CountsAtThreadEnd at_end;
        at_end.counter = local;
        for (int k = 0; k < 10; ++k) {
          body.add();
        }
      });
    }
    const SegmentView segment = only_segment(dir_.path());
    EXPECT_EQ(segment.value("body_total"), kThreads * 10U);
    EXPECT_EQ(segment.value("local_total"), kThreads);
    EXPECT_EQ(segment.value("keyed_total"), 2U * kThreads);
    EXPECT_EQ(segment.losses, (decltype(segment.losses){}));
    // The shared one, and one for each that runs at the same time.
    EXPECT_LE(segment.shards, kAtOnce + 1U);
  });
}

TEST_F(ThreadsTest, AThreadWhoseFirstCountIsInItsDestructorsIsCounted) {
  in_process([&] {
    Counter keyed = counter("keyed_total", "From destructors of pthread keys.").labels();
    Counter local = counter("local_total", "From thread_local destructors.").labels();
    const pthread_key_t late_key = key_that_counts();
    for (int i = 0; i < 200; ++i) {
      run_threads(1, [&] { pthread_setspecific(g_early_key, &keyed); });
      run_threads(1, [&] { pthread_setspecific(late_key, &keyed); });
      run_threads(1, [&] {
        thread_local CountsAtThreadEnd at_end;
        at_end.counter = local;
      });
    }
    const SegmentView segment = only_segment(dir_.path());
    EXPECT_EQ(segment.value("keyed_total"), 400U);
    EXPECT_EQ(segment.value("local_total"), 200U);
    EXPECT_LE(segment.shards, 4U);
  });
}

TEST_F(ThreadsTest, ShardsOfThreadsThatEndedAreUsedAgain) {
  in_process([&] {
    const Counter hits = counter("hits_total", "Hits.").labels();
    for (int round = 0; round < 4; ++round) {
      std::barrier all_have_counted(40);
      run_threads(40, [&] {
        hits.add();
        all_have_counted.arrive_and_wait();
      });
    }
    const SegmentView segment = only_segment(dir_.path());
    EXPECT_EQ(segment.value("hits_total"), 160U);
    EXPECT_EQ(segment.shards, 41U);
    EXPECT_EQ(segment.lost(Loss::shards_shared), 0U);
  });
}

TEST_F(ThreadsTest, ThreadsThatRegisterTheSameSeriesAtOnceCountInTheSameCells) {
  in_process([&] {
    constexpr int kThreads = 8;
    std::barrier start(kThreads);
    run_threads(kThreads, [&] {
      start.arrive_and_wait();
      for (int i = 0; i < 500; ++i) {
        counter("same_total", "The same.").labels({{"n", std::to_string(i)}}).add();
      }
    });
    const SegmentView segment = only_segment(dir_.path());
    for (int i = 0; i < 500; ++i) {
      EXPECT_EQ(segment.value("same_total", {{"n", std::to_string(i)}}), kThreads);
    }
    EXPECT_EQ(segment.losses, (decltype(segment.losses){}));
  });
}

TEST_F(ThreadsTest, ThreadsThatAreCancelledWhileTheyRegisterHarmNobody) {
  in_process([&] {
    for (int i = 0; i < 200; ++i) {
      std::thread victim([&] {
        pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, nullptr);
        for (int k = 0; k < 100; ++k) {
          counter("victim_total", "Cancelled.").labels({{"n", std::to_string(k)}}).add();
          pthread_testcancel();
        }
      });
      pthread_cancel(victim.native_handle());
      victim.join();
    }
    counter("after_total", "After.").labels().add();
    EXPECT_EQ(only_segment(dir_.path()).value("after_total"), 1U);
  });
}

TEST_F(ThreadsTest, CountingAndRegisteringKeepErrno) {
  in_process([&] {
    errno = EXDEV;
    counter("a_total", "With a segment.").labels().add();
    EXPECT_EQ(errno, EXDEV);
    run_threads(1, [] {
      errno = EXDEV;
      counter("a_total", "From a new thread.").labels().add();
      EXPECT_EQ(errno, EXDEV);
    });
  });
  in_fresh_process([&] {
    ProcessOptions options;
    options.directory = dir_ / "missing";
    options.on_problem = [](std::string_view) { errno = EIO; };
    ASSERT_TRUE(configure(options));
    errno = EXDEV;
    counter("a_total", "Without a directory.").labels().add();
    EXPECT_EQ(errno, EXDEV);
  });
}

}  // namespace
}  // namespace shmx::test
