// Makes series exist with 0 before the first call, so that rate() sees the first event too.
#ifndef SHM_EXPORTER_SHIM_ZERO_INITIALIZE_H
#define SHM_EXPORTER_SHIM_ZERO_INITIALIZE_H

#include <vector>

#include "shim/options.h"
#include "shim/rpc_metrics.h"

namespace shmx {

/// For each method started, received, sent, handled with each of the options' codes, and the
/// histograms that are on; then publishes them. Metadata labels are "".
void zero_initialize(const std::vector<RpcMethod*>& methods, const RpcOptions& options) noexcept;

}  // namespace shmx

#endif  // SHM_EXPORTER_SHIM_ZERO_INITIALIZE_H
