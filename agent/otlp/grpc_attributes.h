// The labels of a gRPC series as the attributes of gRPC's own metrics (A66).
#ifndef SHM_EXPORTER_AGENT_OTLP_GRPC_ATTRIBUTES_H
#define SHM_EXPORTER_AGENT_OTLP_GRPC_ATTRIBUTES_H

#include <optional>
#include <string_view>

#include "agent/model/model.h"

namespace shmx::otlp {

/// What replaces grpc_service, grpc_method and grpc_code. The other labels stay: grpc_type, too,
/// since unknown methods of two types would be one stream without it.
struct GrpcAttributes {
  std::string_view service;  ///< grpc.method is service "/" method
  std::string_view method;
  bool is_other = false;    ///< grpc.method is "other": the method is not known
  std::string_view status;  ///< grpc.status; only if there is a grpc_code
};

/// Nothing where two series could become one stream: without a service and a method, with a slash
/// in the method, or with a status code that is not spelled as grpc_type is (lower case in mode go,
/// CANCELLED in the others). Then all labels stay as they are. So the result and the other labels
/// tell all series apart that the labels told apart. For that reason a label code stays, too; the
/// families that are renamed have none in any mode.
std::optional<GrpcAttributes> grpc_attributes(const Labels& labels) noexcept;

}  // namespace shmx::otlp

#endif  // SHM_EXPORTER_AGENT_OTLP_GRPC_ATTRIBUTES_H
