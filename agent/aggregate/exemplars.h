// The latest exemplar of each bucket of a series, over all its processes.
#ifndef SHM_EXPORTER_AGENT_AGGREGATE_EXEMPLARS_H
#define SHM_EXPORTER_AGENT_AGGREGATE_EXEMPLARS_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "agent/model/model.h"
#include "shm/exemplar_reading.h"

namespace shmx::aggregate {

/// About what one takes of memory, here and in a snapshot.
inline constexpr std::size_t kExemplarBytes = 256;

class Exemplars {
 public:
  bool empty() const noexcept { return latest_.empty(); }
  void clear() noexcept { latest_.clear(); }

  /// Keeps it unless a later one of the same bucket is there, up to that time: the clock may have
  /// been set back.
  void keep(std::uint32_t bucket, const ExemplarReading& exemplar, std::int64_t latest_unix_ns);

  /// By ascending value, in units, with the labels trace_id and span_id in lower-case hex.
  void show(std::uint64_t ticks_per_unit, std::vector<model::Exemplar>& shown) const;

 private:
  std::map<std::uint32_t, ExemplarReading> latest_;  ///< by bucket
};

}  // namespace shmx::aggregate

#endif  // SHM_EXPORTER_AGENT_AGGREGATE_EXEMPLARS_H
