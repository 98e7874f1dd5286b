// The families of one plan, declared to the registry. No series yet.
#ifndef SHM_EXPORTER_SHIM_RPC_FAMILIES_H
#define SHM_EXPORTER_SHIM_RPC_FAMILIES_H

#include "shim/metrics.h"
#include "shim/rpc_plan.h"

namespace shmx {

/// Families that the plan does not want stay invalid, and are never asked for series.
struct RpcFamilies {
  explicit RpcFamilies(const RpcPlan& plan);

  CounterFamily started;
  CounterFamily handled;
  CounterFamily received;
  CounterFamily sent;
  InFlightFamily in_flight;
  HistogramFamily handling;
  HistogramFamily receive;
  HistogramFamily send;
  HistogramFamily sent_bytes;
};

}  // namespace shmx

#endif  // SHM_EXPORTER_SHIM_RPC_FAMILIES_H
