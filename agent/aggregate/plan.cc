#include "agent/aggregate/plan.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace shmx::aggregate {
namespace {

void join_value(GaugeTotal& total, double value, std::uint64_t stamp, GaugeMode mode) noexcept {
  const bool first = !total.present;
  total.present = true;
  switch (mode) {
    case GaugeMode::min:
      // A number beats NaN, so that one process without a value does not hide the others'.
      total.value = first || std::isnan(total.value) || value < total.value ? value : total.value;
      break;
    case GaugeMode::max:
      total.value = first || std::isnan(total.value) || value > total.value ? value : total.value;
      break;
    case GaugeMode::most_recent:
      if (first || stamp > total.stamp) {
        total.value = value;
        total.stamp = stamp;
      }
      break;
    default:
      total.value = first ? value : total.value + value;
      break;
  }
}

}  // namespace

void Plan::need(std::uint32_t cell) noexcept {
  needed_ = std::max(needed_, cell + 1);
}

void Plan::append(std::vector<Run>& runs, std::uint32_t cell, Slot slot) {
  need(cell);
  if (!runs.empty()) {
    Run& last = runs.back();
    if (last.cell + last.count == cell && last.slot + last.count == slot) {
      ++last.count;
      return;
    }
  }
  runs.push_back({cell, slot, 1});
}

void Plan::add_gauge(std::uint32_t cell, Slot slot, GaugeMode mode) {
  need(mode == GaugeMode::most_recent ? cell + 1 : cell);
  gauges_.push_back({cell, slot, mode});
}

void Plan::add_ticks(std::span<const std::uint64_t> cells, model::Ticks* totals) const noexcept {
  for (const Run& run : counts_) {
    const std::uint64_t* const from = cells.data() + run.cell;
    model::Ticks* const to = totals + run.slot;
    for (std::uint32_t i = 0; i < run.count; ++i) {
      to[i] += from[i];
    }
  }
  for (const Run& run : signed_) {
    for (std::uint32_t i = 0; i < run.count; ++i) {
      totals[run.slot + i] += static_cast<std::int64_t>(cells[run.cell + i]);
    }
  }
}

void Plan::add_gauges(std::span<const std::uint64_t> cells, GaugeTotal* gauges) const noexcept {
  for (const GaugeCell& gauge : gauges_) {
    GaugeTotal& total = gauges[gauge.slot];
    if (gauge.mode == GaugeMode::in_flight) {
      total.in_flight += static_cast<std::int64_t>(cells[gauge.cell]);
      total.present = true;
      continue;
    }
    const std::optional<double> value = gauge_from_cell(cells[gauge.cell]);
    if (value) {
      const std::uint64_t stamp = gauge.mode == GaugeMode::most_recent ? cells[gauge.cell + 1] : 0;
      join_value(total, *value, stamp, gauge.mode);
    }
  }
}

}  // namespace shmx::aggregate
