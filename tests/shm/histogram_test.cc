// Histograms of the public API: buckets, sums, and what they refuse.
#include "shim/metrics.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <span>

#include "tests/shm/process_test.h"

namespace shmx::test {
namespace {

using layout::kCellMax;
using layout::Loss;

constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNan = std::nan("");

class HistogramTest : public ProcessTest {};

TEST_F(HistogramTest, AnObservationIsInTheFirstBucketWhoseBoundIsNotBelowIt) {
  in_process([&] {
    const Histogram wait = histogram("wait_seconds", "Waiting.", {.bounds = {0.1, 1, 10}}).labels();
    for (const double value : {0.0, 0.1, 0.1000001, 1.0, 10.0, 10.5, 1e6}) {
      wait.observe(value);
    }
    const SegmentView now = segment();
    const SeriesView* const series = now.find("wait_seconds");
    EXPECT_EQ(series->family.bounds, (std::vector<double>{0.1, 1, 10}));
    EXPECT_EQ(std::vector(series->cells.begin(), series->cells.end() - 1),
              (std::vector<std::uint64_t>{2, 2, 1, 2}));
    EXPECT_EQ(series->sum(), 1'000'021'700'000'100U);
  });
}

TEST_F(HistogramTest, AnObservationInTicksIsInTheSameBucketAsItsValue) {
  in_process([&] {
    const std::vector<double> bounds = {.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};
    const auto family = histogram("wait_seconds", "Waiting.");
    const Histogram ticks = family.labels({{"by", "ticks"}});
    const Histogram value = family.labels({{"by", "value"}});
    for (const double bound : bounds) {
      const auto at = static_cast<std::int64_t>(std::llround(bound * 1e9));
      for (const std::int64_t t : {at - 1, at, at + 1}) {
        ticks.observe_ticks(t);
        value.observe(static_cast<double>(t) / 1e9);
      }
    }
    const SegmentView now = segment();
    EXPECT_EQ(now.find("wait_seconds", {{"by", "ticks"}})->cells,
              now.find("wait_seconds", {{"by", "value"}})->cells);
    EXPECT_EQ(now.find("wait_seconds", {{"by", "ticks"}})->cells[0], 2U);
  });
}

TEST_F(HistogramTest, ValuesThatAHistogramCannotTakeAreRefusedAndCounted) {
  in_process([&] {
    const Histogram wait = histogram("wait_seconds", "Waiting.").labels();
    wait.observe(1);
    for (const double bad : {kNan, kInf, -kInf, -1e-9}) {
      wait.observe(bad);
    }
    wait.observe_ticks(-1);
    const SegmentView now = segment();
    EXPECT_EQ(now.find("wait_seconds")->count(), 1U);
    EXPECT_EQ(now.find("wait_seconds")->sum(), 1'000'000'000U);
    EXPECT_EQ(now.lost(Loss::values_refused), 5U);
  });
}

TEST_F(HistogramTest, AHistogramThatAdmitsNegativeValuesTakesThem) {
  in_process([&] {
    const Histogram drift =
        histogram("drift_seconds", "Drift.", {.bounds = {-1, 0, 1}, .admits_negative = true})
            .labels();
    drift.observe(-2);
    drift.observe(-0.5);
    drift.observe_ticks(-250'000'000);
    drift.observe_ticks(500'000'000);
    const SegmentView now = segment();
    const SeriesView* const series = now.find("drift_seconds");
    EXPECT_EQ(std::vector(series->cells.begin(), series->cells.end() - 1),
              (std::vector<std::uint64_t>{1, 2, 1, 0}));
    EXPECT_EQ(std::bit_cast<std::int64_t>(series->sum()), -2'250'000'000);
    EXPECT_EQ(now.lost(Loss::values_refused), 0U);
  });
}

TEST_F(HistogramTest, AHistogramsSumStaysAtTheEndOfItsRangeWhileItsCountGoesOn) {
  in_process([&] {
    const Histogram wait = histogram("wait_seconds", "Waiting.").labels();
    wait.observe_ticks(static_cast<std::int64_t>(kCellMax));
    wait.observe_ticks(1);
    const SegmentView now = segment();
    EXPECT_EQ(now.find("wait_seconds")->count(), 2U);
    EXPECT_EQ(now.find("wait_seconds")->sum(), kCellMax);
    EXPECT_EQ(now.lost(Loss::values_saturated), 1U);
  });
}

TEST_F(HistogramTest, ABatchOfObservationsIsTheSameAsEachOfThem) {
  in_process([&] {
    const Histogram wait = histogram("wait_seconds", "Waiting.", {.bounds = {1, 2}}).labels();
    const std::vector<std::uint64_t> buckets{3, 0, 2};
    wait.observe_batch(buckets, 7'000'000'000);
    wait.observe_batch(std::span(buckets).first(2), 1);
    wait.observe_batch(buckets, -1);
    const SegmentView now = segment();
    EXPECT_EQ(now.find("wait_seconds")->cells,
              (std::vector<std::uint64_t>{3, 0, 2, 7'000'000'000}));
    EXPECT_EQ(now.lost(Loss::values_refused), 2U);
  });
}

}  // namespace
}  // namespace shmx::test
