// What a series' cells mean, by the kind of its family. One process' numbers: nothing is
// aggregated.
#ifndef SHM_EXPORTER_AGENT_TOOL_READINGS_H
#define SHM_EXPORTER_AGENT_TOOL_READINGS_H

#include <cstdint>
#include <optional>
#include <span>
#include <variant>

#include "agent/model/model.h"
#include "shm/descriptor.h"

namespace shmx::tool {

struct CounterReading {
  std::uint64_t ticks = 0;
};

struct GaugeReading {
  std::optional<double> value;               ///< absent in a gauge that this process never had
  std::optional<std::uint64_t> set_unix_ns;  ///< mode mostrecent, absent until it was set
};

struct HistogramReading {
  std::span<const std::uint64_t> buckets;  ///< not cumulative, the last is +Inf's
  model::Ticks count = 0;
  model::Ticks sum_ticks = 0;
};

using Reading = std::variant<CounterReading, GaugeReading, HistogramReading>;

/// `cells` are those of one series of a known kind: cells_of(family) of them.
Reading read_cells(const FamilyDescriptor& family, std::span<const std::uint64_t> cells);

}  // namespace shmx::tool

#endif  // SHM_EXPORTER_AGENT_TOOL_READINGS_H
