// What a series' cells mean, by the kind of its family. One process' numbers: nothing is
// aggregated.
#ifndef SHM_EXPORTER_AGENT_TOOL_READINGS_H
#define SHM_EXPORTER_AGENT_TOOL_READINGS_H

#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

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

/// A native bucket. Of positive values: above `above`, up to `up_to` and including it; of negative
/// ones the other way round; around zero with both ends. What overflowed ends at an infinity.
struct NativeReading {
  double above = 0;
  double up_to = 0;
  std::uint64_t observations = 0;
};

struct HistogramReading {
  std::span<const std::uint64_t> buckets;  ///< not cumulative, the last is +Inf's; or none
  /// Empty without native buckets. By ascending bounds, the empty ones left out.
  std::vector<NativeReading> native;
  model::Ticks count = 0;
  model::Ticks sum_ticks = 0;
};

using Reading = std::variant<CounterReading, GaugeReading, HistogramReading>;

/// `cells` are those of one series of a known kind: cells_of(family) of them.
Reading read_cells(const FamilyDescriptor& family, std::span<const std::uint64_t> cells);

}  // namespace shmx::tool

#endif  // SHM_EXPORTER_AGENT_TOOL_READINGS_H
