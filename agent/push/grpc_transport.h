// OTLP over gRPC. https://opentelemetry.io/docs/specs/otlp/#otlpgrpc
#ifndef SHM_EXPORTER_AGENT_PUSH_GRPC_TRANSPORT_H
#define SHM_EXPORTER_AGENT_PUSH_GRPC_TRANSPORT_H

#include <memory>
#include <string>

#include "agent/push/transport.h"
#include "shm/result.h"

namespace shmx::push {

/// As make_transport(). Silences gRPC's own log, of the whole process: what fails is in replies.
Result<std::unique_ptr<Transport>> make_grpc_transport(const Options& options,
                                                       const std::string& user_agent);

}  // namespace shmx::push

#endif  // SHM_EXPORTER_AGENT_PUSH_GRPC_TRANSPORT_H
