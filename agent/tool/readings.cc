// See readings.h, and "SHARDS AND CELLS" in shm/layout.h.
#include "agent/tool/readings.h"

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

HistogramReading read_histogram(const FamilyDescriptor& family,
                                std::span<const std::uint64_t> cells) {
  HistogramReading reading;
  reading.buckets = cells.first(family.bounds.size() + 1);
  for (const std::uint64_t observations : reading.buckets) {
    reading.count += observations;
  }
  const std::uint64_t sum = cells[reading.buckets.size()];
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
