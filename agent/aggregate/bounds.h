// Histograms with different bounds, on the bounds that they have in common: exact, since a bucket
// of either lies within one bucket of the common ones.
#ifndef SHM_EXPORTER_AGENT_AGGREGATE_BOUNDS_H
#define SHM_EXPORTER_AGENT_AGGREGATE_BOUNDS_H

#include <cstdint>
#include <vector>

namespace shmx::aggregate {

/// Finite and strictly ascending; +Inf is implied.
using Bounds = std::vector<double>;

/// The bounds that are in both.
Bounds common_bounds(const Bounds& a, const Bounds& b);

/// For each bucket of `fine` (its last is +Inf's), the bucket of `coarse` that holds it. `coarse`
/// is a subset of `fine`.
std::vector<std::uint32_t> bucket_map(const Bounds& fine, const Bounds& coarse);

}  // namespace shmx::aggregate

#endif  // SHM_EXPORTER_AGENT_AGGREGATE_BOUNDS_H
