// The points of a request as plain values, each with the stream that it belongs to.
#ifndef SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_POINTS_H
#define SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_POINTS_H

#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace shmx::testing {

using Attributes = std::map<std::string, std::string>;  ///< values of other types as text

struct StreamId {
  Attributes resource;
  std::string metric;
  Attributes attributes;
  auto operator<=>(const StreamId&) const = default;  // NOLINT(modernize-use-nullptr)
};

/// For messages of tests: metric{attributes} of resource.
std::string text_of(const StreamId& stream);

struct Exemplar {
  std::string trace_id;  ///< hexadecimal, as span_id
  std::string span_id;
  double value = 0;
  std::uint64_t time_ns = 0;
};

struct Point {
  enum class Kind { gauge, sum, histogram, exponential };
  enum class Temporality { none, delta, cumulative };

  Kind kind = Kind::gauge;
  Temporality temporality = Temporality::none;
  bool monotonic = false;
  std::string unit;
  std::uint64_t start_ns = 0;
  std::uint64_t time_ns = 0;

  double value = 0;  ///< a histogram's sum
  std::uint64_t count = 0;
  std::vector<double> bounds;
  std::vector<std::uint64_t> buckets;
  std::int32_t scale = 0;
  std::uint64_t zero_count = 0;
  std::map<std::int32_t, std::uint64_t> positive;  ///< by index; empty buckets are not there
  std::map<std::int32_t, std::uint64_t> negative;
  std::vector<Exemplar> exemplars;
};

struct StreamPoint {
  StreamId stream;
  Point point;
};

using Request = opentelemetry::proto::collector::metrics::v1::ExportMetricsServiceRequest;

/// In the request's order.
std::vector<StreamPoint> points_of(const Request& request);

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_PUSH_RECEIVER_POINTS_H
