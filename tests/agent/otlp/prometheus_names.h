// What a Prometheus that receives OTLP calls a metric: the documented translation
// (https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics), as 2.47 and
// later do it where they translate names.
#ifndef SHM_EXPORTER_TESTS_AGENT_OTLP_PROMETHEUS_NAMES_H
#define SHM_EXPORTER_TESTS_AGENT_OTLP_PROMETHEUS_NAMES_H

#include <opentelemetry/proto/metrics/v1/metrics.pb.h>

#include <string>

namespace shmx::otlp {

std::string prometheus_name(const opentelemetry::proto::metrics::v1::Metric& metric);

}  // namespace shmx::otlp

#endif  // SHM_EXPORTER_TESTS_AGENT_OTLP_PROMETHEUS_NAMES_H
