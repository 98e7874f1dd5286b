// Where every series' numbers are: flat arrays, so that adding a segment touches neither a name nor
// a map. A slot is one counter, one bucket or one sum; a gauge slot is one gauge. Knows nothing of
// series: the aggregator says whose slots are whose.
#ifndef SHM_EXPORTER_AGENT_AGGREGATE_TOTALS_H
#define SHM_EXPORTER_AGENT_AGGREGATE_TOTALS_H

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "agent/model/model.h"

namespace shmx::aggregate {

using Slot = std::uint32_t;

/// Hands out runs of slots, and hands out again what was given back, neighbours together: what
/// writers declare must not leave runs of lengths that nobody asks for again.
class SlotAllocator {
 public:
  Slot allocate(std::uint32_t count);
  void release(Slot first, std::uint32_t count);
  std::size_t size() const noexcept { return size_; }

 private:
  void add_free(Slot first, std::uint32_t count);
  void remove_free(std::map<Slot, std::uint32_t>::iterator run);

  std::map<Slot, std::uint32_t> free_;                  ///< length by first; no two touch
  std::set<std::pair<std::uint32_t, Slot>> by_length_;  ///< the same
  Slot size_ = 0;
};

/// A gauge over the live processes of one epoch.
struct GaugeTotal {
  double value = 0;
  std::uint64_t stamp = 0;     ///< of the most recent value
  model::Ticks in_flight = 0;  ///< the signed sum
  bool present = false;        ///< some live process has set it
};

class Totals {
 public:
  /// Slots that are 0 everywhere.
  Slot allocate(std::uint32_t count);
  void release(Slot first, std::uint32_t count) { slots_.release(first, count); }
  Slot allocate_gauge();
  void release_gauge(Slot slot) { gauge_slots_.release(slot, 1); }

  /// Live values of the epoch before are gone, retired ones stay.
  void begin_epoch();

  model::Ticks total(Slot slot) const noexcept { return live_[slot] + retired_[slot]; }
  model::Ticks* live() noexcept { return live_.data(); }
  model::Ticks& live(Slot slot) noexcept { return live_[slot]; }
  model::Ticks& retired(Slot slot) noexcept { return retired_[slot]; }
  GaugeTotal* gauges() noexcept { return gauges_.data(); }
  const GaugeTotal& gauge(Slot slot) const noexcept { return gauges_[slot]; }

 private:
  SlotAllocator slots_;
  SlotAllocator gauge_slots_;
  std::vector<model::Ticks> live_;     ///< of processes that live, added up anew in each epoch
  std::vector<model::Ticks> retired_;  ///< of processes that are gone
  std::vector<GaugeTotal> gauges_;
};

}  // namespace shmx::aggregate

#endif  // SHM_EXPORTER_AGENT_AGGREGATE_TOTALS_H
