// OTLP over HTTP/1.1 with binary protobuf.
// https://opentelemetry.io/docs/specs/otlp/#otlphttp
#ifndef SHM_EXPORTER_AGENT_PUSH_HTTP_TRANSPORT_H
#define SHM_EXPORTER_AGENT_PUSH_HTTP_TRANSPORT_H

#include <memory>
#include <string>

#include "agent/push/transport.h"
#include "shm/result.h"

namespace shmx::push {

/// As make_transport(). Redirects are not followed: they would lead a token elsewhere.
Result<std::unique_ptr<Transport>> make_http_transport(const Options& options,
                                                       const std::string& user_agent);

}  // namespace shmx::push

#endif  // SHM_EXPORTER_AGENT_PUSH_HTTP_TRANSPORT_H
