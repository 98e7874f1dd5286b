// What the metrics of one server or channel are, after the options were checked: every default
// filled in, every label that may not be removed. A plain value; equal plans share their series.
#ifndef SHM_EXPORTER_SHIM_RPC_PLAN_H
#define SHM_EXPORTER_SHIM_RPC_PLAN_H

#include <cstddef>
#include <vector>

#include "shim/family_names.h"
#include "shim/options.h"

namespace shmx {

/// The buckets of one histogram.
struct BucketPlan {
  BucketKind kind = BucketKind::classic;
  std::vector<double> bounds;
  NativeOptions native;
  friend bool operator==(const BucketPlan&, const BucketPlan&) = default;
};

struct RpcPlan {
  Side side = Side::server;
  Mode mode = Mode::go;
  bool in_flight = false;
  bool handling = false;
  bool receive = false;
  bool send = false;
  bool sent_bytes = false;
  bool code_on_handling = false;
  bool exemplars = false;
  BucketPlan handling_buckets;
  BucketPlan receive_buckets;
  BucketPlan send_buckets;
  BucketPlan size_buckets;
  Labels constant_labels;
  std::vector<MetadataLabel> metadata_labels;
  friend bool operator==(const RpcPlan&, const RpcPlan&) = default;
};

/// How many labels a series of RPC metrics may have besides its own (three of the method, at most
/// two of the code).
inline constexpr std::size_t kMaxExtraLabels = layout::kMaxLabels - 5;

/// Labels that are refused are counted as Loss::registrations_dropped.
RpcPlan plan_of(const ServerOptions& options);
RpcPlan plan_of(const ClientOptions& options);

}  // namespace shmx

#endif  // SHM_EXPORTER_SHIM_RPC_PLAN_H
