// Encoded messages, decoded by protobuf's own classes, as one stream per point.
#ifndef SHM_EXPORTER_TESTS_AGENT_OTLP_DECODED_H
#define SHM_EXPORTER_TESTS_AGENT_OTLP_DECODED_H

#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "agent/otlp/encoder.h"

namespace shmx::otlp {

namespace proto = opentelemetry::proto::metrics::v1;
using Request = opentelemetry::proto::collector::metrics::v1::ExportMetricsServiceRequest;
using Attributes = google::protobuf::RepeatedPtrField<opentelemetry::proto::common::v1::KeyValue>;

/// More than any message of a test takes.
inline constexpr std::size_t kNoLimit = std::size_t{1} << 40;

/// Of attributes that are strings.
Labels labels_of(const Attributes& attributes);

Request decode(const std::string& bytes);

/// All messages, in the order in which they were made.
std::vector<Message> messages(const Options& options,
                              std::span<const model::Family* const> families, const Choice& choice,
                              std::size_t max_bytes = kNoLimit);

/// What a single message has.
Request request(const Options& options, std::span<const model::Family* const> families,
                const Choice& choice = {});

/// A point with all that is said of it, as text: its resource, its metric, itself. `metric` holds
/// nothing but the point.
std::string stream(const proto::ResourceMetrics& resource, const proto::Metric& metric);

/// Every point of the request, as a metric of its own.
std::vector<proto::Metric> single_points(const proto::Metric& metric);

/// stream() of all points.
std::vector<std::string> streams(const Request& request);

/// What must differ between any two points of a request: the resource, the metric's name, and the
/// point's attributes, in any order.
std::vector<std::string> identities(const Request& request);

}  // namespace shmx::otlp

#endif  // SHM_EXPORTER_TESTS_AGENT_OTLP_DECODED_H
