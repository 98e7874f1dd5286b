// The path that a receiver of metrics most likely has, for those who configured another.
#ifndef SHM_EXPORTER_AGENT_PUSH_ENDPOINT_HINT_H
#define SHM_EXPORTER_AGENT_PUSH_ENDPOINT_HINT_H

#include <string>

namespace shmx::push {

/// For a URL whose receiver knows no such path: a sentence with the URL to try, its query left out:
/// it may be a secret. A URL of OTEL_EXPORTER_OTLP_METRICS_ENDPOINT is used as it is; guides give
/// Prometheus' without its end.
std::string endpoint_hint(const std::string& url);

/// Whether a URL that is used as it is cannot be right, whatever the receiver says: it ends in
/// "/otlp", the part of Prometheus' path to which more belongs.
bool misses_its_end(const std::string& url);

}  // namespace shmx::push

#endif  // SHM_EXPORTER_AGENT_PUSH_ENDPOINT_HINT_H
