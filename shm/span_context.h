// Which span an observation was made in, as tracing systems name it.
#ifndef SHM_EXPORTER_SHM_SPAN_CONTEXT_H
#define SHM_EXPORTER_SHM_SPAN_CONTEXT_H

#include <array>
#include <cstdint>

namespace shmx {

/// The ids of W3C Trace Context and of OpenTelemetry, in their order of bytes. An id of zeros alone
/// is none.
struct SpanContext {
  std::array<std::uint8_t, 16> trace_id{};
  std::array<std::uint8_t, 8> span_id{};

  bool valid() const noexcept {
    return trace_id != decltype(trace_id){} && span_id != decltype(span_id){};
  }
  friend bool operator==(const SpanContext&, const SpanContext&) = default;
};

}  // namespace shmx

#endif  // SHM_EXPORTER_SHM_SPAN_CONTEXT_H
