// See readings.h, and "SHARDS AND CELLS" in shm/layout.h.
#include "agent/tool/readings.h"

#include <limits>

namespace shmx::tool {
namespace {

GaugeReading read_gauge(const FamilyDescriptor& family, std::span<const std::uint64_t> cells) {
  if (family.mode == GaugeMode::in_flight) {
    return {static_cast<double>(static_cast<std::int64_t>(cells[0])), std::nullopt};
  }
  GaugeReading reading{gauge_from_cell(cells[0]), std::nullopt};
  if (family.mode == GaugeMode::most_recent && cells[1] != 0) {
    reading.set_unix_ns = cells[1];
  }
  return reading;
}

std::vector<NativeReading> read_native(const NativeBuckets& buckets,
                                       std::span<const std::uint64_t> cells) {
  // The end of the zero bucket, and of each one above it; magnitudes.
  const auto end = [&](std::uint32_t bucket) {
    return bucket > buckets.count
               ? std::numeric_limits<double>::infinity()
               : native_bound(buckets.schema,
                              buckets.first_index - 1 + static_cast<std::int32_t>(bucket));
  };
  std::vector<NativeReading> readings;
  const auto add = [&](double above, double up_to, std::uint64_t observations) {
    if (observations != 0) {
      readings.push_back({above, up_to, observations});
    }
  };
  if (buckets.negative) {
    for (std::uint32_t bucket = buckets.count + 1; bucket > 0; --bucket) {
      add(-end(bucket), -end(bucket - 1), cells[buckets.count + 1 + bucket]);
    }
  }
  add(buckets.negative ? -end(0) : 0, end(0), cells[0]);
  for (std::uint32_t bucket = 1; bucket <= buckets.count + 1; ++bucket) {
    add(end(bucket - 1), end(bucket), cells[bucket]);
  }
  return readings;
}

HistogramReading read_histogram(const FamilyDescriptor& family,
                                std::span<const std::uint64_t> cells) {
  HistogramReading reading;
  reading.buckets = cells.first(classic_cells_of(family));
  const auto native =
      cells.subspan(reading.buckets.size(), cells.size() - 1 - reading.buckets.size());
  for (const std::uint64_t observations : family.native ? native : reading.buckets) {
    reading.count += observations;
  }
  if (family.native) {
    reading.native = read_native(*family.native, native);
  }
  const std::uint64_t sum = cells.back();
  reading.sum_ticks =
      family.admits_negative ? model::Ticks{static_cast<std::int64_t>(sum)} : model::Ticks{sum};
  return reading;
}

}  // namespace

Reading read_cells(const FamilyDescriptor& family, std::span<const std::uint64_t> cells) {
  switch (family.kind) {
    case FamilyKind::gauge:
      return read_gauge(family, cells);
    case FamilyKind::histogram:
      return read_histogram(family, cells);
    case FamilyKind::counter:
      break;
  }
  return CounterReading{cells[0]};
}

}  // namespace shmx::tool
