// Exemplars from the public API to the reader: which observation is kept, of whom, and that nobody
// ever sees a mixture of two.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <limits>
#include <thread>
#include <vector>

#include "shm/clock.h"
#include "tests/shm/process_test.h"

namespace shmx::test {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class ExemplarsTest : public ProcessTest {
 protected:
  /// The exemplars of the series of this family, by ascending value.
  std::vector<ExemplarReading> exemplars_of(const std::string& family, const Labels& labels = {}) {
    const SegmentView view = segment_of(dir_.path(), getpid());
    const SeriesView* const series = view.find(family, labels);
    EXPECT_NE(series, nullptr) << family;
    return series == nullptr ? std::vector<ExemplarReading>() : series->exemplars;
  }
};

/// A span that its number tells.
SpanContext span(std::uint64_t number) {
  SpanContext context;
  std::memcpy(context.trace_id.data(), &number, sizeof number);
  context.trace_id[15] = 0xf7;
  std::memcpy(context.span_id.data(), &number, sizeof number);
  context.span_id[7] = 0xad;
  return context;
}

void expect_exemplar(const ExemplarReading& exemplar, std::int64_t ticks, std::uint64_t number) {
  EXPECT_EQ(exemplar.ticks, ticks);
  EXPECT_EQ(exemplar.span, span(number));
}

TEST_F(ExemplarsTest, OfACounterIsItsLastIncreaseWithASpan) {
  in_process([&] {
    const Counter hits = counter("hits_total", "Hits.", {.exemplars = true}).labels();
    const Counter busy =
        counter("busy_seconds_total", "Busy.", {.ticks_per_unit = 1000, .exemplars = true})
            .labels();
    hits.add(3, span(1));
    const std::uint64_t before = unix_time_ns();
    hits.add(2, span(2));
    const std::uint64_t after = unix_time_ns();
    hits.add();
    busy.add(7, span(3));
    const auto of_hits = exemplars_of("hits_total");
    ASSERT_THAT(of_hits, SizeIs(1));
    expect_exemplar(of_hits[0], 2, 2);
    EXPECT_GE(of_hits[0].unix_ns, static_cast<std::int64_t>(before));
    EXPECT_LE(of_hits[0].unix_ns, static_cast<std::int64_t>(after));
    const auto of_busy = exemplars_of("busy_seconds_total");
    ASSERT_THAT(of_busy, SizeIs(1));
    expect_exemplar(of_busy[0], 7000, 3);
    EXPECT_EQ(segment().value("hits_total"), 6U);
    EXPECT_EQ(segment().value("busy_seconds_total"), 7000U);
    busy.add_fraction(1.5, span(4));
    busy.add_fraction(-1, span(5));
    expect_exemplar(exemplars_of("busy_seconds_total").at(0), 1500, 4);
    EXPECT_EQ(segment().value("busy_seconds_total"), 8500U);
  });
}

TEST_F(ExemplarsTest, OfAHistogramIsTheLastObservationOfEachBucket) {
  in_process([&] {
    const Histogram wait =
        histogram("wait", "W.", {.bounds = {1, 2}, .ticks_per_unit = 1000, .exemplars = true})
            .labels();
    wait.observe(0.5, span(1));
    wait.observe(1, span(2));  // The bound belongs to its bucket.
    wait.observe_ticks(9000, span(3));
    EXPECT_THAT(exemplars_of("wait"), SizeIs(2));
    wait.observe_ticks(1001, span(4));
    wait.observe(0.25);
    const auto exemplars = exemplars_of("wait");
    ASSERT_THAT(exemplars, SizeIs(3));
    expect_exemplar(exemplars[0], 1000, 2);
    expect_exemplar(exemplars[1], 1001, 4);
    expect_exemplar(exemplars[2], 9000, 3);
    EXPECT_EQ(segment().find("wait")->cells, (std::vector<std::uint64_t>{3, 1, 1, 11751}));
  });
}

TEST_F(ExemplarsTest, OfAHistogramOfBothSignsMayBeNegative) {
  in_process([&] {
    const Histogram drift =
        histogram("drift", "D.",
                  {.bounds = {0}, .ticks_per_unit = 10, .admits_negative = true, .exemplars = true})
            .labels();
    drift.observe(-0.5, span(1));
    drift.observe_ticks(7, span(2));
    const auto exemplars = exemplars_of("drift");
    ASSERT_THAT(exemplars, SizeIs(2));
    expect_exemplar(exemplars[0], -5, 1);
    expect_exemplar(exemplars[1], 7, 2);
  });
}

TEST_F(ExemplarsTest, AreOfTheirOwnSeries) {
  in_process([&] {
    const CounterFamily hits = counter("hits_total", "Hits.", {.exemplars = true});
    std::vector<Counter> all;
    for (std::uint64_t i = 0; i < 100; ++i) {
      all.push_back(hits.labels({{"n", std::to_string(i)}}));
    }
    for (std::uint64_t i = 0; i < 100; ++i) {
      all[i].add(i + 1, span(i));
      // The directory grows meanwhile.
      histogram("wait", "W.", {.exemplars = true}).labels({{"n", std::to_string(i)}});
    }
    for (std::uint64_t i = 0; i < 100; ++i) {
      const auto exemplars = exemplars_of("hits_total", {{"n", std::to_string(i)}});
      ASSERT_THAT(exemplars, SizeIs(1));
      expect_exemplar(exemplars[0], static_cast<std::int64_t>(i) + 1, i);
    }
  });
}

TEST_F(ExemplarsTest, OfSeriesBeyondALimitAreTheOverflowSeries) {
  ProcessOptions options;
  options.max_series = 1;
  options.on_problem = [](std::string_view) {};
  in_process(
      [&] {
        const CounterFamily hits = counter("hits_total", "Hits.", {.exemplars = true});
        hits.labels({{"n", "1"}}).add(1, span(1));
        hits.labels({{"n", "2"}}).add(2, span(2));
        const SegmentView view = segment();
        ASSERT_NE(view.overflow_of("hits_total"), nullptr);
        ASSERT_THAT(view.overflow_of("hits_total")->exemplars, SizeIs(1));
        expect_exemplar(view.overflow_of("hits_total")->exemplars[0], 2, 2);
      },
      options);
}

TEST_F(ExemplarsTest, AreNotKeptOfWhatIsRefusedOrHasNoSpan) {
  in_process([&] {
    const Histogram wait =
        histogram("wait", "W.", {.bounds = {1}, .ticks_per_unit = 1000, .exemplars = true})
            .labels();
    wait.observe(std::numeric_limits<double>::quiet_NaN(), span(1));
    wait.observe(std::numeric_limits<double>::infinity(), span(1));
    wait.observe(-1, span(1));
    wait.observe(-1e-9, span(1));  // Rounds to 0, and is refused all the same.
    wait.observe_ticks(-1, span(1));
    EXPECT_EQ(losses()[static_cast<std::size_t>(layout::Loss::values_refused)], 5U);
    SpanContext no_trace = span(1);
    no_trace.trace_id = {};
    SpanContext no_span = span(1);
    no_span.span_id = {};
    wait.observe(0.5, no_trace);
    wait.observe(0.5, no_span);
    EXPECT_THAT(exemplars_of("wait"), IsEmpty());
    EXPECT_EQ(segment().find("wait")->count(), 2U);
  });
}

TEST_F(ExemplarsTest, AreForFamiliesAloneThatWantThem) {
  in_process([&] {
    const CounterFamily hits = counter("hits_total", "Hits.");
    const Histogram wait = histogram("wait", "W.").labels();
    const Counter before = hits.labels({{"n", "before"}});
    before.add(1, span(1));
    wait.observe(0.5, span(1));
    EXPECT_THAT(exemplars_of("wait"), IsEmpty());
    // From another part of the program, later.
    counter("hits_total", "Hits.", {.exemplars = true});
    before.add(1, span(1));
    hits.labels({{"n", "after"}}).add(1, span(1));
    EXPECT_THAT(exemplars_of("hits_total", {{"n", "before"}}), IsEmpty());
    EXPECT_THAT(exemplars_of("hits_total", {{"n", "after"}}), SizeIs(1));
    EXPECT_EQ(segment().value("hits_total", {{"n", "before"}}), 2U);
    Counter().add(1, span(1));
    Histogram().observe(1, span(1));
    Histogram().observe_ticks(1, span(1));
  });
}

TEST_F(ExemplarsTest, AreDroppedWithTheCountsWhereThereIsNoSegment) {
  ProcessOptions options;
  options.directory = dir_ / "missing";
  options.on_problem = [](std::string_view) {};
  in_process(
      [&] {
        counter("hits_total", "Hits.", {.exemplars = true}).labels().add(1, span(1));
        EXPECT_EQ(losses()[static_cast<std::size_t>(layout::Loss::observations_dropped)], 1U);
      },
      options);
}

TEST_F(ExemplarsTest, OfAParentAreNotItsChildrens) {
  in_process([&] {
    const Counter hits = counter("hits_total", "Hits.", {.exemplars = true}).labels();
    hits.add(1, span(1));
    const pid_t pid = fork();
    if (pid == 0) {
      hits.add();
      EXPECT_THAT(exemplars_of("hits_total"), IsEmpty());
      hits.add(2, span(2));
      const auto exemplars = exemplars_of("hits_total");
      EXPECT_THAT(exemplars, SizeIs(1));
      expect_exemplar(exemplars.at(0), 2, 2);
      _exit(testing::Test::HasFailure() ? 1 : 0);
    }
    expect_exit_0(pid);
    const auto exemplars = exemplars_of("hits_total");
    ASSERT_THAT(exemplars, SizeIs(1));
    expect_exemplar(exemplars[0], 1, 1);
  });
}

/// Ids that can only be of this value: every word of an exemplar is a function of its ticks.
SpanContext span_of(std::int64_t ticks) {
  std::uint64_t mixed = static_cast<std::uint64_t>(ticks);
  const auto next = [&mixed] {
    mixed = (mixed ^ (mixed >> 29)) * 0x9e37'79b9'7f4a'7c15 + 1;
    return mixed;
  };
  SpanContext context;
  for (std::uint8_t& byte : context.trace_id) {
    byte = static_cast<std::uint8_t>(next() >> 56);
  }
  for (std::uint8_t& byte : context.span_id) {
    byte = static_cast<std::uint8_t>(next() >> 56);
  }
  return context;
}

TEST_F(ExemplarsTest, OfManyThreadsAreNeverAMixtureAndTheirCountsAreExact) {
  constexpr int kThreads = 4;
  constexpr int kReads = 20'000;
  in_process([&] {
    const Counter hits = counter("hits_total", "Hits.", {.exemplars = true}).labels();
    const Histogram wait =
        histogram("wait", "W.", {.bounds = {1e6}, .ticks_per_unit = 1, .exemplars = true}).labels();
    publish();
    std::atomic<bool> stop = false;
    std::atomic<std::uint64_t> counted = 0;
    std::vector<std::thread> threads;
    threads.reserve(kThreads);
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        std::uint64_t mine = 0;
        while (!stop) {
          const std::int64_t ticks = static_cast<std::int64_t>(mine) * kThreads + t + 1;
          hits.add(static_cast<std::uint64_t>(ticks), span_of(ticks));
          wait.observe_ticks(ticks, span_of(ticks));
          ++mine;
        }
        counted += mine;
      });
    }
    const UniqueFd fd(open(segment_path().c_str(), O_RDONLY | O_CLOEXEC));
    auto reader = SegmentReader::open(fd, layout::kMaxSegmentBytes);
    ASSERT_TRUE(reader.ok());
    std::uint64_t seen = 0;
    std::uint64_t mixed = 0;
    for (int i = 0; i < kReads || seen == 0; ++i) {
      ASSERT_TRUE(reader->read(fd).ok());
      for (const ExemplarReading& exemplar : reader->exemplars()) {
        ++seen;
        mixed += exemplar.span == span_of(exemplar.ticks) ? 0 : 1;
        // What it observed has been counted.
        const SeriesDescriptor& series = reader->series()[exemplar.series];
        const auto cells = reader->cells().subspan(series.first_cell, series.cell_count);
        EXPECT_GE(cells.back(), static_cast<std::uint64_t>(exemplar.ticks));
      }
    }
    stop = true;
    for (std::thread& thread : threads) {
      thread.join();
    }
    EXPECT_EQ(mixed, 0U) << "of " << seen;
    EXPECT_EQ(segment().find("wait")->count(), counted);
  });
}

}  // namespace
}  // namespace shmx::test
