// Histograms with native buckets, as the public API writes them: each observation in the bucket
// that its value has by definition, whichever way it came in.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <latch>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "shim/metrics.h"
#include "shm/native_buckets.h"
#include "tests/shm/process_test.h"

namespace shmx::test {
namespace {

using layout::kCellMax;
using layout::Loss;

constexpr std::int64_t kMaxTicks = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMinTicks = std::numeric_limits<std::int64_t>::min();

class NativeHistogramTest : public ProcessTest {
 protected:
  // A histogram of whole numbers: zero's bucket, those that end at 1, 2, 4 and 8, and overflow's.
  static constexpr NativeOptions kUpToEight{.schema = 0, .smallest = 0.5, .largest = 8};

  static HistogramOptions options(BucketKind kind, bool negative = false) {
    return {.bounds = {2, 5},
            .ticks_per_unit = 1,
            .admits_negative = negative,
            .buckets = kind,
            .native = kUpToEight};
  }

  using Cells = std::vector<std::uint64_t>;
};

TEST_F(NativeHistogramTest, AnObservationIsInTheBucketOfItsValueAndNothingOutsideTheRangeIsLost) {
  in_process([&] {
    const Histogram size = histogram("size", "Sizes.", options(BucketKind::native)).labels();
    for (const std::int64_t value : {0, 1, 2, 3, 4, 8, 9, 1000}) {
      size.observe_ticks(value);
    }
    size.observe_ticks(kMaxTicks - 1027);
    const SegmentView now = segment();
    const SeriesView* const series = now.find("size");
    ASSERT_TRUE(series->family.native.has_value());
    EXPECT_EQ(*series->family.native, (NativeBuckets{0, 0, 4, false}));
    EXPECT_EQ(series->family.bounds, std::vector<double>{});
    EXPECT_EQ(series->classic(), Cells{});
    EXPECT_EQ(series->native(), (Cells{1, 1, 1, 2, 1, 3}));
    EXPECT_EQ(series->sum(), kCellMax);
    EXPECT_EQ(now.lost(Loss::values_saturated), 0U);
  });
}

TEST_F(NativeHistogramTest, AnObservationInTicksIsInTheSameBucketAsItsValue) {
  in_process([&] {
    const auto family = histogram("wait_seconds", "Waiting.", {.buckets = BucketKind::native});
    const Histogram ticks = family.labels({{"by", "ticks"}});
    const Histogram value = family.labels({{"by", "value"}});
    std::mt19937_64 random(5);
    for (int i = 0; i < 20'000; ++i) {
      const auto t = static_cast<std::int64_t>(random() >> (20 + random() % 43));
      ticks.observe_ticks(t);
      value.observe(static_cast<double>(t) / 1e9);
    }
    const SegmentView now = segment();
    const SeriesView* const by_ticks = now.find("wait_seconds", {{"by", "ticks"}});
    EXPECT_EQ(by_ticks->cells, now.find("wait_seconds", {{"by", "value"}})->cells);
    EXPECT_EQ(by_ticks->count(), 20'000U);
    EXPECT_EQ(*by_ticks->family.native, (NativeBuckets{3, -159, 240, false}));
    EXPECT_GT(std::ranges::count_if(by_ticks->native(), [](auto n) { return n > 0; }), 200);
  });
}

TEST_F(NativeHistogramTest, WithBucketsOfBothKindsAnObservationIsInOneOfEach) {
  in_process([&] {
    const Histogram size = histogram("size", "Sizes.", options(BucketKind::both)).labels();
    size.observe_ticks(2);
    size.observe_ticks(3);
    size.observe(5);
    size.observe(7.9);
    size.observe_ticks(9);
    const SegmentView now = segment();
    const SeriesView* const series = now.find("size");
    EXPECT_EQ(series->family.bounds, (std::vector<double>{2, 5}));
    EXPECT_EQ(series->classic(), (Cells{1, 2, 2}));
    EXPECT_EQ(series->native(), (Cells{0, 0, 1, 1, 2, 1}));
    EXPECT_EQ(series->sum(), 27U);
    EXPECT_EQ(series->count(), 5U);
  });
}

TEST_F(NativeHistogramTest, NegativeValuesHaveBucketsOfTheirOwnIfTheyAreAdmitted) {
  in_process([&] {
    for (const BucketKind kind : {BucketKind::native, BucketKind::both}) {
      const std::string name = kind == BucketKind::both ? "drift_both" : "drift";
      const Histogram drift = histogram(name, "Drift.", options(kind, true)).labels();
      for (const std::int64_t value : {0, 3, -1, -3, -9}) {
        drift.observe_ticks(value);
      }
      drift.observe(-4);
      drift.observe(-0.5);
      const SegmentView now = segment();
      const SeriesView* const series = now.find(name);
      EXPECT_TRUE(series->family.native->negative);
      EXPECT_EQ(series->native(), (Cells{2, 0, 0, 1, 0, 0, 1, 0, 2, 0, 1}));
      EXPECT_EQ(series->classic(), kind == BucketKind::both ? (Cells{6, 1, 0}) : Cells{});
      // -0.5 rounds to the even 0.
      EXPECT_EQ(std::bit_cast<std::int64_t>(series->sum()), -14);
    }
    const Histogram far = histogram("far", "Far.", options(BucketKind::native, true)).labels();
    far.observe_ticks(kMinTicks);
    EXPECT_EQ(segment().find("far")->native().back(), 1U);
  });
}

TEST_F(NativeHistogramTest, ValuesThatAHistogramCannotTakeAreRefusedAndCounted) {
  in_process([&] {
    for (const BucketKind kind : {BucketKind::native, BucketKind::both}) {
      const std::string name = kind == BucketKind::both ? "size_both" : "size";
      const Histogram size = histogram(name, "Sizes.", options(kind)).labels();
      const std::uint64_t before = losses()[static_cast<std::size_t>(Loss::values_refused)];
      size.observe(std::nan(""));
      size.observe(std::numeric_limits<double>::infinity());
      size.observe(-std::numeric_limits<double>::infinity());
      size.observe(-1);
      size.observe_ticks(-1);
      size.observe_ticks(kMinTicks);
      size.observe_batch(Cells{1, 0, 0}, 1);
      size.observe_batch(Cells{1, 0, 0, 0, 0, 0}, 1);
      size.observe_ticks(4);
      const SegmentView now = segment();
      EXPECT_EQ(now.find(name)->count(), 1U);
      EXPECT_EQ(now.find(name)->sum(), 4U);
      EXPECT_EQ(now.lost(Loss::values_refused) - before, 8U);
    }
  });
}

TEST_F(NativeHistogramTest, TheSumStaysAtTheEndOfItsRangeWhileTheCountsGoOn) {
  in_process([&] {
    const Histogram size = histogram("size", "Sizes.", options(BucketKind::both)).labels();
    size.observe_ticks(kMaxTicks);
    size.observe_ticks(1);
    const SegmentView now = segment();
    EXPECT_EQ(now.find("size")->classic(), (Cells{1, 0, 1}));
    EXPECT_EQ(now.find("size")->native(), (Cells{0, 1, 0, 0, 0, 1}));
    EXPECT_EQ(now.find("size")->sum(), kCellMax);
    EXPECT_EQ(now.lost(Loss::values_saturated), 1U);
  });
}

TEST_F(NativeHistogramTest, BucketsThatCannotBeAreRefusedWithTheirFamily) {
  in_process([&] {
    const NativeOptions wrong[] = {{.schema = 9},
                                   {.schema = -5},
                                   {.smallest = 0},
                                   {.smallest = 8, .largest = 4},
                                   {.smallest = std::nan("")},
                                   {.largest = std::numeric_limits<double>::infinity()},
                                   {.max_buckets = 0}};
    std::uint64_t refused = 0;
    for (const NativeOptions& native : wrong) {
      const auto family =
          histogram("size", "Sizes.", {.buckets = BucketKind::native, .native = native});
      family.labels().observe(1);
      ++refused;
      // The family, and its series.
      EXPECT_EQ(losses()[static_cast<std::size_t>(Loss::registrations_dropped)], 2 * refused);
      EXPECT_EQ(losses()[static_cast<std::size_t>(Loss::observations_dropped)], refused);
    }
    histogram("size", "Sizes.", options(BucketKind::native)).labels().observe(1);
    EXPECT_EQ(segment().find("size")->count(), 1U);
  });
}

TEST_F(NativeHistogramTest, TheSameNameWithOtherBucketsIsAnotherFamilyOfThatName) {
  in_process([&] {
    const auto observe = [](HistogramOptions with) {
      histogram("size", "Sizes.", std::move(with)).labels().observe_ticks(1);
    };
    HistogramOptions finer = options(BucketKind::native);
    finer.native.schema = 2;
    for (int again = 0; again < 2; ++again) {
      observe(options(BucketKind::classic));
      observe(options(BucketKind::native));
      observe(options(BucketKind::both));
      observe(finer);
    }
    int families = 0;
    for (const SeriesView& series : segment().series) {
      families += series.overflow ? 0 : 1;
      EXPECT_EQ(series.count(), series.overflow ? 0U : 2U);
    }
    EXPECT_EQ(families, 4);
  });
}

TEST_F(NativeHistogramTest, ThreadsWithAndWithoutAShardOfTheirOwnCountTogetherExactly) {
  in_process([&] {
    constexpr int kThreads = 70;  // More than there are shards.
    constexpr std::uint64_t kRounds = 1'000;
    const Histogram native = histogram("size", "Sizes.", options(BucketKind::native)).labels();
    const Histogram both = histogram("size_both", "Sizes.", options(BucketKind::both)).labels();
    const Histogram drift = histogram("drift", "D.", options(BucketKind::both, true)).labels();
    std::latch counting(kThreads);
    run_threads(kThreads, [&] {
      for (std::uint64_t i = 0; i < kRounds; ++i) {
        const auto value = static_cast<std::int64_t>(i % 10);
        native.observe_ticks(value);
        both.observe_ticks(value);
        drift.observe_ticks(-value);
      }
      counting.arrive_and_wait();  // All are there at once: none takes over another's shard.
    });
    constexpr std::uint64_t kEach = kThreads * kRounds / 10;
    const SegmentView now = segment();
    EXPECT_GT(now.lost(Loss::shards_shared), 0U);
    EXPECT_EQ(now.find("size")->native(),
              (Cells{kEach, kEach, kEach, 2 * kEach, 4 * kEach, kEach}));
    EXPECT_EQ(now.find("size")->sum(), 45 * kEach);
    EXPECT_EQ(now.find("size_both")->native(), now.find("size")->native());
    EXPECT_EQ(now.find("size_both")->classic(), (Cells{3 * kEach, 3 * kEach, 4 * kEach}));
    EXPECT_EQ(now.find("size_both")->sum(), 45 * kEach);
    EXPECT_EQ(now.find("drift")->native(),
              (Cells{kEach, 0, 0, 0, 0, 0, kEach, kEach, 2 * kEach, 4 * kEach, kEach}));
    EXPECT_EQ(std::bit_cast<std::int64_t>(now.find("drift")->sum()),
              -45 * static_cast<std::int64_t>(kEach));
  });
}

TEST_F(NativeHistogramTest, AForkedChildCountsFromZeroInASegmentOfItsOwn) {
  in_process([&] {
    const Histogram size = histogram("size", "Sizes.", options(BucketKind::both)).labels();
    size.observe_ticks(3);
    const pid_t child = fork();
    if (child == 0) {
      size.observe_ticks(5);
      size.observe_ticks(5);
      _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    const SegmentView of_child = segment_of(dir_.path(), child);
    EXPECT_EQ(of_child.find("size")->native(), (Cells{0, 0, 0, 0, 2, 0}));
    EXPECT_EQ(of_child.find("size")->classic(), (Cells{0, 2, 0}));
    EXPECT_EQ(of_child.find("size")->sum(), 10U);
    const SegmentView of_parent = segment_of(dir_.path(), getpid());
    EXPECT_EQ(of_parent.find("size")->native(), (Cells{0, 0, 0, 1, 0, 0}));
    EXPECT_EQ(of_parent.find("size")->sum(), 3U);
  });
}

}  // namespace
}  // namespace shmx::test
