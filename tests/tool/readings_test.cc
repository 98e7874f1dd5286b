// What cells mean.
#include "agent/tool/readings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace shmx::tool {
namespace {

FamilyDescriptor family(FamilyKind kind, GaugeMode mode = GaugeMode::none) {
  FamilyDescriptor descriptor;
  descriptor.kind = kind;
  descriptor.mode = mode;
  return descriptor;
}

GaugeReading gauge(GaugeMode mode, const std::vector<std::uint64_t>& cells) {
  return std::get<GaugeReading>(read_cells(family(FamilyKind::gauge, mode), cells));
}

TEST(ReadCells, ACounterIsItsCell) {
  const std::vector<std::uint64_t> cells = {42};
  EXPECT_EQ(std::get<CounterReading>(read_cells(family(FamilyKind::counter), cells)).ticks, 42U);
}

TEST(ReadCells, AGaugeIsADoubleOnceItWasSet) {
  EXPECT_EQ(gauge(GaugeMode::sum, {0}).value, std::nullopt);
  EXPECT_EQ(gauge(GaugeMode::sum, {gauge_to_cell(0.0)}).value, 0.0);
  EXPECT_EQ(gauge(GaugeMode::max, {gauge_to_cell(-2.5)}).value, -2.5);
}

TEST(ReadCells, AMostRecentGaugeSaysWhenItWasSet) {
  const GaugeReading reading = gauge(GaugeMode::most_recent, {gauge_to_cell(1.0), 77});
  EXPECT_EQ(reading.value, 1.0);
  EXPECT_EQ(reading.set_unix_ns, 77U);
  EXPECT_EQ(gauge(GaugeMode::most_recent, {0, 0}).set_unix_ns, std::nullopt);
}

TEST(ReadCells, AnInFlightGaugeIsSigned) {
  EXPECT_EQ(gauge(GaugeMode::in_flight, {static_cast<std::uint64_t>(-3)}).value, -3.0);
}

TEST(ReadCells, AHistogramCountsItsBuckets) {
  FamilyDescriptor descriptor = family(FamilyKind::histogram);
  descriptor.bounds = {1, 2};
  const std::vector<std::uint64_t> cells = {1, 0, 5, static_cast<std::uint64_t>(-9)};
  const auto reading = std::get<HistogramReading>(read_cells(descriptor, cells));
  EXPECT_THAT(reading.buckets, ::testing::ElementsAre(1, 0, 5));
  EXPECT_EQ(reading.count, 6);
  EXPECT_GT(reading.sum_ticks, 0);
  descriptor.admits_negative = true;
  EXPECT_EQ(std::get<HistogramReading>(read_cells(descriptor, cells)).sum_ticks, -9);
}

}  // namespace
}  // namespace shmx::tool
