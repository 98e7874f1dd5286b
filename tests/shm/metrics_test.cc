// The public API for custom metrics: what is counted is what the segment says, and what cannot be
// counted is said too. Histograms are histogram_test.cc's.
#include "shim/metrics.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "tests/shm/process_test.h"

namespace shmx::test {
namespace {

using layout::kCellMax;
using layout::Loss;

constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNan = std::nan("");

std::uint64_t lost(Loss loss) {
  return losses()[static_cast<std::size_t>(loss)];
}

class MetricsTest : public ProcessTest {};

TEST_F(MetricsTest, ACounterAddsUp) {
  in_process([&] {
    const Counter retail =
        counter("orders_total", "Orders taken.", {.unit = "orders"}).labels({{"kind", "retail"}});
    retail.add();
    retail.add(41);
    const SegmentView now = segment();
    EXPECT_EQ(now.value("orders_total", {{"kind", "retail"}}), 42U);
    const SeriesView* const series = now.find("orders_total", {{"kind", "retail"}});
    EXPECT_EQ(series->family.kind, FamilyKind::counter);
    EXPECT_EQ(series->family.help, "Orders taken.");
    EXPECT_EQ(series->family.unit, "orders");
    EXPECT_EQ(now.losses, (decltype(now.losses){}));
  });
}

TEST_F(MetricsTest, AFractionIsRoundedToTheFamilysResolution) {
  in_process([&] {
    const Counter busy =
        counter("busy_seconds_total", "Busy.", {.ticks_per_unit = 1000, .unit = "seconds"})
            .labels();
    busy.add(2);
    busy.add_fraction(0.5);
    busy.add_fraction(0.0004);
    busy.add_fraction(0.0016);
    EXPECT_EQ(segment().value("busy_seconds_total"), 2502U);
  });
}

TEST_F(MetricsTest, ValuesThatACounterCannotTakeAreRefusedAndCounted) {
  in_process([&] {
    const Counter hits = counter("hits_total", "Hits.", {.ticks_per_unit = 1000}).labels();
    hits.add();
    for (const double bad : {kNan, kInf, -kInf, -1.0, -0.001}) {
      hits.add_fraction(bad);
    }
    const SegmentView now = segment();
    EXPECT_EQ(now.value("hits_total"), 1000U);
    EXPECT_EQ(now.lost(Loss::values_refused), 5U);
  });
}

TEST_F(MetricsTest, ACounterStaysAtTheEndOfItsRangeAndSaysSo) {
  in_process([&] {
    const Counter hits = counter("hits_total", "Hits.").labels();
    hits.add(kCellMax - 1);
    EXPECT_EQ(lost(Loss::values_saturated), 0U);
    hits.add(1);
    EXPECT_EQ(lost(Loss::values_saturated), 0U);
    hits.add(1);
    hits.add(UINT64_MAX);
    const SegmentView now = segment();
    EXPECT_EQ(now.value("hits_total"), kCellMax);
    EXPECT_EQ(now.lost(Loss::values_saturated), 2U);
  });
}

TEST_F(MetricsTest, ACountThatIsTooLargeForItsResolutionIsCutAndCounted) {
  in_process([&] {
    const Counter whole =
        counter("whole_seconds_total", "Whole.", {.ticks_per_unit = kNanosecondTicks}).labels();
    whole.add(10'000'000'000);
    EXPECT_GE(lost(Loss::values_saturated), 1U);
    const Counter part =
        counter("part_seconds_total", "Part.", {.ticks_per_unit = kNanosecondTicks}).labels();
    part.add_fraction(1e300);
    EXPECT_GE(lost(Loss::values_saturated), 2U);
    const SegmentView now = segment();
    EXPECT_EQ(now.value("whole_seconds_total"), kCellMax);
    EXPECT_EQ(now.value("part_seconds_total"), kCellMax);
  });
}

TEST_F(MetricsTest, GaugesOfEveryModeHoldWhatWasSetAndAdded) {
  in_process([&] {
    for (const GaugeMode mode :
         {GaugeMode::sum, GaugeMode::min, GaugeMode::max, GaugeMode::most_recent, GaugeMode::all}) {
      const std::string name = "level_" + std::to_string(static_cast<int>(mode));
      const Gauge level = gauge(name, "A level.", {.mode = mode}).labels();
      level.set(-3.25);
      level.add(1.0);
      level.add(-0.5);
      const SegmentView now = segment();
      EXPECT_EQ(gauge_from_cell(now.value(name)), -2.75);
      EXPECT_EQ(now.find(name)->family.mode, mode);
      level.set(kInf);  // A gauge shows what it is given.
      EXPECT_EQ(gauge_from_cell(segment().value(name)), kInf);
    }
  });
}

TEST_F(MetricsTest, AMostRecentGaugeSaysWhenItWasSet) {
  in_process([&] {
    const Gauge level = gauge("level", "A level.", {.mode = GaugeMode::most_recent}).labels();
    level.set(1);
    const std::uint64_t first = segment().find("level")->cells[1];
    EXPECT_GE(first, segment().claims.start_time_unix_ns - 1'000'000'000);
    level.add(1);
    EXPECT_GE(segment().find("level")->cells[1], first);
  });
}

TEST_F(MetricsTest, AGaugeIsZeroUntilItIsSet) {
  in_process([&] {
    gauge("before", "Declared before the segment is there.").labels();
    publish();
    gauge("after", "Declared after.").labels();
    EXPECT_EQ(gauge_from_cell(segment().value("before")), 0.0);
    EXPECT_EQ(gauge_from_cell(segment().value("after")), 0.0);
  });
}

TEST_F(MetricsTest, InFlightGoesUpAndDown) {
  in_process([&] {
    const InFlight busy = in_flight("busy", "Under way.").labels();
    busy.add(3);
    busy.add(-5);
    EXPECT_EQ(std::bit_cast<std::int64_t>(segment().value("busy")), -2);
    EXPECT_EQ(segment().find("busy")->family.mode, GaugeMode::in_flight);
  });
}

TEST_F(MetricsTest, AGaugeCannotBeDeclaredInFlight) {
  in_process([&] {
    gauge("busy", "Under way.", {.mode = GaugeMode::in_flight}).labels().set(1);
    EXPECT_EQ(lost(Loss::observations_dropped), 1U);
    EXPECT_GE(lost(Loss::registrations_dropped), 1U);
  });
}

TEST_F(MetricsTest, HandlesOfNothingAreHarmlessAndCounted) {
  in_process([&] {
    Counter().add();
    Counter().add_fraction(0.5);
    Gauge().set(1);
    Gauge().add(1);
    InFlight().add(1);
    Histogram().observe(1);
    Histogram().observe_ticks(1);
    CounterFamily().labels().add();
    GaugeFamily().labels().set(1);
    InFlightFamily().labels().add(1);
    HistogramFamily().labels().observe(1);
    EXPECT_EQ(lost(Loss::observations_dropped), 11U);
    EXPECT_EQ(lost(Loss::registrations_dropped), 4U);
  });
}

TEST_F(MetricsTest, AFamilyWithAnImpossibleResolutionIsRefusedAndHarmless) {
  in_process([&] {
    const Counter none = counter("none_total", "No resolution.", {.ticks_per_unit = 0}).labels();
    none.add();
    none.add(7);
    none.add_fraction(0.5);
    const Histogram wait = histogram("wait", "No resolution.", {.ticks_per_unit = 0}).labels();
    wait.observe(1);
    wait.observe_ticks(1);
    EXPECT_EQ(lost(Loss::observations_dropped), 5U);
  });
}

}  // namespace
}  // namespace shmx::test
