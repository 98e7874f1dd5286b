// A writer at its limits writes what a reader takes: no honest process is refused for being large
// or odd, whatever it was configured for.
#include <gtest/gtest.h>

#include <functional>
#include <utility>

#include "shim/metrics.h"
#include "shm/registry.h"
#include "tests/shm/process_test.h"

namespace shmx::test {
namespace {

using layout::Loss;

class WriterLimitsTest : public ProcessTest {
 protected:
  void in_process(ProcessOptions options, const std::function<void()>& body) {
    options.on_problem = [](std::string_view /*ignored*/) {};
    ProcessTest::in_process(body, std::move(options));
  }
};

TEST_F(WriterLimitsTest, AsManySeriesAsAReaderTakesHoweverManyWereAskedFor) {
  in_process({.max_series = 5 * kMaxSeries}, [&] {
    const auto hits = counter("hits_total", "Hits.");
    for (std::uint32_t i = 0; i < kMaxSeries + 50; ++i) {
      hits.labels({{"n", std::to_string(i)}}).add();
    }
    const SegmentView now = segment();
    EXPECT_EQ(now.series.size(), kMaxSeries + 1);
    EXPECT_EQ(now.family_total("hits_total"), kMaxSeries + 50);
    EXPECT_EQ(now.overflow_of("hits_total")->cells[0], 50U);
    EXPECT_EQ(now.lost(Loss::overflow_series), 50U);
  });
}

TEST_F(WriterLimitsTest, AsManyNativeHistogramsAsThereAreCellsFor) {
  in_process({}, [&] {
    const auto wait = histogram("wait_seconds", "Waiting.", {.buckets = BucketKind::native});
    // Of all cells but the first, which is nobody's; one series is the overflow series.
    constexpr std::uint32_t kFit = (layout::kMaxCells - 1) / 243 - 1;
    for (std::uint32_t i = 0; i < kFit + 50; ++i) {
      wait.labels({{"n", std::to_string(i)}}).observe(1);
    }
    const SegmentView now = segment();
    EXPECT_EQ(now.series.size(), kFit + 1);
    EXPECT_EQ(now.overflow_of("wait_seconds")->count(), 50U);
    EXPECT_EQ(now.lost(Loss::overflow_series), 50U);
    EXPECT_EQ(now.lost(Loss::observations_dropped), 0U);
  });
}

TEST_F(WriterLimitsTest, BucketsAsFineAsAReaderTakes) {
  in_process({}, [&] {
    for (const bool negative : {false, true}) {
      const std::string name = negative ? "drift_seconds" : "wait_seconds";
      histogram(
          name, "Waiting.",
          {.admits_negative = negative,
           .buckets = BucketKind::both,
           .native = {.schema = 8, .max_buckets = UINT32_MAX, .smallest = 1, .largest = 0x1p8}})
          .labels()
          .observe(3);
      const SegmentView now = segment();
      EXPECT_EQ(now.find(name)->family.native, (NativeBuckets{8, 1, 2048, negative}));
      EXPECT_EQ(now.find(name)->count(), 1U);
    }
  });
}

TEST_F(WriterLimitsTest, AsManyFamiliesAsAReaderTakes) {
  in_process({}, [&] {
    for (std::uint32_t i = 0; i < kMaxFamilies + 5; ++i) {
      counter(std::to_string(i).insert(0, 1, 'x'), "").labels().add();
    }
    const SegmentView now = segment();
    EXPECT_EQ(now.series.size(), 2U * kMaxFamilies);
    EXPECT_EQ(now.value("x0"), 1U);
    EXPECT_EQ(now.lost(Loss::registrations_dropped), 10U) << "each family, and its series";
    EXPECT_EQ(now.lost(Loss::observations_dropped), 5U);
  });
}

TEST_F(WriterLimitsTest, LabelsAsLongAsAReaderTakes) {
  in_process({}, [&] {
    Labels labels;
    for (char c = 'a'; c < 'a' + 8; ++c) {
      labels.push_back({std::string(1, c), std::string(kMaxSeriesLabelBytes / 8 - 1, 'v')});
    }
    const auto hits = counter("hits_total", "Hits.");
    hits.labels(labels).add();
    Labels longer = labels;
    longer[3].value += 'v';
    hits.labels(longer).add();
    const SegmentView now = segment();
    EXPECT_EQ(now.value("hits_total", labels), 1U);
    EXPECT_EQ(now.family_total("hits_total"), 1U);
    EXPECT_EQ(now.lost(Loss::registrations_dropped), 1U);
  });
}

TEST_F(WriterLimitsTest, ASeriesThatLooksLikeTheOverflowSeriesIsAnother) {
  in_process({}, [&] {
    const Labels like{{std::string(kOverflowLabel), "true"}};
    counter("hits_total", "Hits.").labels(like).add();
    const SegmentView now = segment();
    EXPECT_EQ(now.value("hits_total", like), 1U);
    EXPECT_EQ(now.overflow_of("hits_total")->cells[0], 0U);
  });
}

TEST_F(WriterLimitsTest, AHistogramThatIsDeclaredAgainWithOtherBoundsIsTakenTwice) {
  in_process({}, [&] {
    histogram("wait_seconds", "Waiting.", {.bounds = {1, 2}}).labels().observe(1);
    histogram("wait_seconds", "Waiting.", {.bounds = {1}}).labels().observe(1);
    histogram("wait_seconds", "Waiting.", {.bounds = {}}).labels().observe(1);
    EXPECT_EQ(segment().family_total("wait_seconds"), 3U) << "in first buckets";
    EXPECT_EQ(segment().series.size(), 6U);
  });
}

}  // namespace
}  // namespace shmx::test
