// What may be declared, what is the same, and where the limits are.
#include "shm/registry.h"

#include <gtest/gtest.h>

#include <functional>
#include <utility>

#include "shim/metrics.h"
#include "tests/shm/process_test.h"

namespace shmx::test {
namespace {

using layout::Loss;

std::uint64_t lost(Loss loss) {
  return losses()[static_cast<std::size_t>(loss)];
}

class RegistrationTest : public ProcessTest {
 protected:
  void in_process(const std::function<void()>& body, ProcessOptions options = {}) {
    if (!options.on_problem) {
      options.on_problem = [this](std::string_view text) { problems_.emplace_back(text); };
    }
    ProcessTest::in_process(body, std::move(options));
  }

  std::vector<std::string> problems_;
};

TEST_F(RegistrationTest, TheSameLabelsInAnyOrderAreTheSameSeries) {
  in_process([&] {
    const auto hits = counter("hits_total", "Hits.");
    hits.labels({{"a", "1"}, {"b", "2"}}).add();
    hits.labels({{"b", "2"}, {"a", "1"}}).add();
    counter("hits_total", "Hits.").labels({{"a", "1"}, {"b", "2"}}).add();
    EXPECT_EQ(segment().value("hits_total", {{"a", "1"}, {"b", "2"}}), 3U);
  });
}

TEST_F(RegistrationTest, LabelsThatLookAlikeWhenJoinedAreDifferentSeries) {
  in_process([&] {
    const auto hits = counter("hits_total", "Hits.");
    hits.labels({{"a", "1"}, {"b", ""}}).add(1);
    hits.labels({{"a", ""}, {"b", "1"}}).add(2);
    hits.labels({{"a", "1:b1:"}}).add(4);
    hits.labels({{"a", "1"}}).add(8);
    EXPECT_EQ(segment().value("hits_total", {{"a", "1"}, {"b", ""}}), 1U);
    EXPECT_EQ(segment().value("hits_total", {{"a", ""}, {"b", "1"}}), 2U);
    EXPECT_EQ(segment().value("hits_total", {{"a", "1:b1:"}}), 4U);
    EXPECT_EQ(segment().value("hits_total", {{"a", "1"}}), 8U);
  });
}

TEST_F(RegistrationTest, ANameKeepsItsFirstKindModeUnitAndResolution) {
  in_process([&] {
    counter("x_total", "First.", {.unit = "seconds"}).labels().add();
    gauge("x_total", "Another kind.").labels().set(1);
    counter("x_total", "Another unit.", {.unit = "bytes"}).labels().add();
    counter("x_total", "Another resolution.", {.ticks_per_unit = 10, .unit = "seconds"})
        .labels()
        .add();
    gauge("g", "First.").labels().set(1);
    gauge("g", "Another mode.", {.mode = GaugeMode::max}).labels().set(2);
    EXPECT_EQ(segment().value("x_total"), 1U);
    EXPECT_EQ(gauge_from_cell(segment().value("g")), 1.0);
    EXPECT_EQ(lost(Loss::observations_dropped), 4U);
    EXPECT_GE(lost(Loss::registrations_dropped), 4U);
    ASSERT_EQ(problems_.size(), 1U) << "said once";
    EXPECT_NE(problems_[0].find("x_total"), std::string::npos);
  });
}

TEST_F(RegistrationTest, OtherBoundsUnderTheSameNameAreAFamilyOfTheirOwn) {
  in_process([&] {
    histogram("wait_seconds", "Waiting.", {.bounds = {1, 2}}).labels().observe(1.5);
    histogram("wait_seconds", "Waiting.", {.bounds = {1}}).labels().observe(1.5);
    int found = 0;
    for (const SeriesView& series : segment().series) {
      found += series.family.name == "wait_seconds" && !series.overflow ? 1 : 0;
      if (!series.overflow) {
        EXPECT_EQ(series.count(), 1U);
      }
    }
    EXPECT_EQ(found, 2);
    EXPECT_TRUE(problems_.empty());
  });
}

TEST_F(RegistrationTest, WhatPrometheusCouldNotShowIsRefusedCountedAndNamedOnce) {
  in_process([&] {
    counter("no name", "Bad.").labels().add();
    counter("", "Bad.").labels().add();
    counter("x_total", "\xff").labels().add();
    const auto good = counter("good_total", "Good.");
    good.labels({{"a:b", ""}}).add();
    good.labels({{"a", "\xc3"}}).add();
    good.labels({{"a", "1"}, {"a", "2"}}).add();
    histogram("h", "Bad.", {.bounds = {2, 1}}).labels().observe(1);
    EXPECT_EQ(lost(Loss::observations_dropped), 7U);
    EXPECT_GE(lost(Loss::registrations_dropped), 7U);
    EXPECT_EQ(problems_.size(), 1U);
  });
}

TEST_F(RegistrationTest, SeriesBeyondTheLimitAreCountedInTheirFamilysOverflowSeries) {
  ProcessOptions options;
  options.max_series = 10;
  in_process(
      [&] {
        const auto hits = counter("hits_total", "Hits.");
        const auto wait = histogram("wait_seconds", "Waiting.", {.bounds = {1}});
        for (int i = 0; i < 25; ++i) {
          hits.labels({{"n", std::to_string(i)}}).add();
        }
        wait.labels({{"n", "late"}}).observe(0.5);
        hits.labels({{"n", "3"}}).add();  // Known: no overflow.
        const SegmentView now = segment();
        for (int i = 0; i < 10; ++i) {
          EXPECT_EQ(now.value("hits_total", {{"n", std::to_string(i)}}), i == 3 ? 2U : 1U);
        }
        ASSERT_NE(now.overflow_of("hits_total"), nullptr);
        EXPECT_EQ(now.overflow_of("hits_total")->cells[0], 15U);
        EXPECT_EQ(now.overflow_of("wait_seconds")->count(), 1U);
        EXPECT_EQ(now.lost(Loss::overflow_series), 16U);
        EXPECT_EQ(now.lost(Loss::observations_dropped), 0U);
        ASSERT_EQ(problems_.size(), 1U);
        EXPECT_NE(problems_[0].find("max_series"), std::string::npos);
      },
      options);
}

TEST_F(RegistrationTest, ASegmentThatMayNotGrowCountsNewSeriesInOverflow) {
  ProcessOptions options;
  options.max_segment_bytes = 64 << 10;
  in_process(
      [&] {
        const auto hits = counter("hits_total", "Hits.");
        constexpr std::uint64_t kSeries = 3'000;
        for (std::uint64_t i = 0; i < kSeries; ++i) {
          hits.labels({{"n", std::to_string(i)}}).add();
        }
        const SegmentView now = segment();
        EXPECT_LE(now.file_bytes, 64U << 10);
        EXPECT_GT(now.overflow_of("hits_total")->cells[0], 0U);
        EXPECT_EQ(now.family_total("hits_total"), kSeries);
        EXPECT_EQ(now.lost(Loss::observations_dropped), 0U);
        EXPECT_GT(now.lost(Loss::growth_failures), 0U);
      },
      options);
}

TEST_F(RegistrationTest, ASegmentGrowsToTenThousandSeriesAndEveryCountIsInItsPlace) {
  in_process([&] {
    const auto wait = histogram("wait_seconds", "Waiting.", {.bounds = {1, 2, 3}});
    std::vector<Histogram> series;
    for (int i = 0; i < 10'000; ++i) {
      series.push_back(wait.labels({{"path", "/a/rather/long/path/" + std::to_string(i)}}));
      series.back().observe_ticks(i);
    }
    for (int i = 0; i < 10'000; ++i) {
      series[i].observe_ticks(i);
    }
    const SegmentView now = segment();
    int wrong = 0;
    for (std::uint64_t i = 0; i < 10'000; ++i) {
      const SeriesView& found = now.series[i + 1];  // The first is the overflow series.
      wrong += found.labels[0].value == "/a/rather/long/path/" + std::to_string(i) &&
                       found.count() == 2 && found.sum() == 2 * i
                   ? 0
                   : 1;
    }
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(now.losses, (decltype(now.losses){}));
  });
}

TEST_F(RegistrationTest, RegisteringAloneMakesNoFileAndPublishingShowsZeros) {
  in_process([&] {
    counter("hits_total", "Hits.").labels({{"a", "b"}});
    EXPECT_EQ(segment_path(), "");
    EXPECT_TRUE(files_in(dir_.path()).empty());
    publish();
    EXPECT_EQ(segment().value("hits_total", {{"a", "b"}}), 0U);
    EXPECT_EQ(segment_path(), segment().path);
    counter("late_total", "Late.").labels();
    EXPECT_EQ(segment().value("late_total"), 0U) << "shown at once when there is a segment";
  });
}

TEST_F(RegistrationTest, OptionsHoldForTheProcessAndCannotBeChangedLater) {
  in_process([&] {
    ProcessOptions same;
    same.directory = dir_.path();
    same.service = "first";
    EXPECT_TRUE(configure(same));
    EXPECT_TRUE(configure(same));
    counter("hits_total", "Hits.").labels().add();
    ProcessOptions other;
    other.service = "second";
    EXPECT_FALSE(configure(other));
    other.service.clear();
    other.max_series = 5;
    EXPECT_FALSE(configure(other));
    EXPECT_TRUE(configure(same)) << "what is in force already may be said again";
    EXPECT_EQ(segment().claims.service, "first");
    EXPECT_EQ(problems_.size(), 1U);
  });
}

TEST_F(RegistrationTest, AProblemsCallbackMayCountRegisterAndThrow) {
  ProcessOptions options;
  options.max_series = 1;
  int called = 0;
  options.on_problem = [&](std::string_view) {
    ++called;
    counter("from_callback_total", "From the callback.").labels().add();
    throw 1;
  };
  in_process(
      [&] {
        const auto hits = counter("hits_total", "Hits.");
        hits.labels({{"n", "1"}}).add();
        hits.labels({{"n", "2"}}).add();
        EXPECT_EQ(called, 1);
        EXPECT_EQ(segment().family_total("hits_total"), 2U);
        EXPECT_EQ(segment().family_total("from_callback_total"), 1U);
      },
      options);
}

}  // namespace
}  // namespace shmx::test
