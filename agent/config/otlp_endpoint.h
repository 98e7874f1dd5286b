// The URL that OTLP requests go to, from an endpoint as users write it. The rules are those of
// https://opentelemetry.io/docs/specs/otel/protocol/exporter/#configuration-options.
#ifndef SHM_EXPORTER_AGENT_CONFIG_OTLP_ENDPOINT_H
#define SHM_EXPORTER_AGENT_CONFIG_OTLP_ENDPOINT_H

#include <string>
#include <string_view>

#include "agent/push/options.h"
#include "shm/result.h"

namespace shmx::config {

struct EndpointKind {
  push::Protocol protocol = push::Protocol::http_protobuf;
  /// The endpoint of this signal alone: HTTP takes it as it is, and where it has no path, "/".
  /// Others are a base, to which v1/metrics is appended.
  bool per_signal = false;
  /// gRPC without a scheme: no TLS.
  bool insecure = false;
};

/// As push::Options::url. The error is what was expected, without the endpoint: people put secrets
/// into URLs.
Result<std::string> url_of_endpoint(std::string_view endpoint, const EndpointKind& kind);

}  // namespace shmx::config

#endif  // SHM_EXPORTER_AGENT_CONFIG_OTLP_ENDPOINT_H
