// How one segment's cells become totals: made when its directory has grown, used at every scrape.
// Only indices are left here, so a scrape looks at no name, hashes nothing and allocates nothing.
#ifndef SHM_EXPORTER_AGENT_AGGREGATE_PLAN_H
#define SHM_EXPORTER_AGENT_AGGREGATE_PLAN_H

#include <cstdint>
#include <span>
#include <vector>

#include "agent/aggregate/totals.h"

namespace shmx::aggregate {

/// Neighbouring cells that go to neighbouring slots.
struct Run {
  std::uint32_t cell;
  Slot slot;
  std::uint32_t count;
};

struct GaugeCell {
  std::uint32_t cell;
  Slot slot;
  GaugeMode mode;
};

class Plan {
 public:
  void add_count(std::uint32_t cell, Slot slot) { append(counts_, cell, slot); }
  void add_signed(std::uint32_t cell, Slot slot) { append(signed_, cell, slot); }
  void add_gauge(std::uint32_t cell, Slot slot, GaugeMode mode);

  /// Whether the cells are as many as the plan names; fewer are a reader's error and not added.
  bool fits(std::span<const std::uint64_t> cells) const noexcept { return cells.size() >= needed_; }

  /// Adds counters, buckets and sums to `totals` (an array over all slots).
  void add_ticks(std::span<const std::uint64_t> cells, model::Ticks* totals) const noexcept;

  /// Joins gauges into `gauges` (an array over all gauge slots).
  void add_gauges(std::span<const std::uint64_t> cells, GaugeTotal* gauges) const noexcept;

  std::span<const Run> counts() const noexcept { return counts_; }
  std::span<const Run> signed_sums() const noexcept { return signed_; }

 private:
  void append(std::vector<Run>& runs, std::uint32_t cell, Slot slot);
  void need(std::uint32_t cell) noexcept;

  std::vector<Run> counts_;
  std::vector<Run> signed_;
  std::vector<GaugeCell> gauges_;
  std::uint32_t needed_ = 0;
};

}  // namespace shmx::aggregate

#endif  // SHM_EXPORTER_AGENT_AGGREGATE_PLAN_H
