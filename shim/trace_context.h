// The span that a caller names in a request's metadata. No gRPC here: strings in, values out.
// Everything comes from a stranger, and what is malformed says nothing.
#ifndef SHM_EXPORTER_SHIM_TRACE_CONTEXT_H
#define SHM_EXPORTER_SHIM_TRACE_CONTEXT_H

#include <optional>
#include <string_view>

#include "shm/span_context.h"

namespace shmx {

struct TraceContext {
  SpanContext span;      ///< valid
  bool sampled = false;  ///< whether the trace is kept, so that it can be found later
  friend bool operator==(const TraceContext&, const TraceContext&) = default;
};

/// The metadata's keys.
inline constexpr std::string_view kTraceparentKey = "traceparent";
inline constexpr std::string_view kGrpcTraceBinKey = "grpc-trace-bin";

/// A traceparent header (https://www.w3.org/TR/trace-context-1, 3.2): version 00, or the parts of a
/// later version that are known, as its section 4 wants it. Nothing when it is malformed.
std::optional<TraceContext> parse_traceparent(std::string_view header) noexcept;

/// A grpc-trace-bin header (OpenCensus' BinaryEncoding, version 0): the fields 0 (trace id),
/// 1 (span id) and 2 (options), in this order; what follows an unknown field is not read. Nothing
/// when it is malformed.
std::optional<TraceContext> parse_grpc_trace_bin(std::string_view header) noexcept;

}  // namespace shmx

#endif  // SHM_EXPORTER_SHIM_TRACE_CONTEXT_H
