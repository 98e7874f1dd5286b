// The names of gRPC's status codes, as both of the spellings in use write them.
#ifndef SHM_EXPORTER_AGENT_OTLP_STATUS_CODES_H
#define SHM_EXPORTER_AGENT_OTLP_STATUS_CODES_H

#include <array>
#include <string_view>

namespace shmx::otlp {

struct StatusCode {
  std::string_view go;
  std::string_view grpc;
};

/// By number, as gRPC's documentation of status codes lists them.
inline constexpr std::array<StatusCode, 17> kStatusCodes = {{
    {"OK", "OK"},
    {"Canceled", "CANCELLED"},
    {"Unknown", "UNKNOWN"},
    {"InvalidArgument", "INVALID_ARGUMENT"},
    {"DeadlineExceeded", "DEADLINE_EXCEEDED"},
    {"NotFound", "NOT_FOUND"},
    {"AlreadyExists", "ALREADY_EXISTS"},
    {"PermissionDenied", "PERMISSION_DENIED"},
    {"ResourceExhausted", "RESOURCE_EXHAUSTED"},
    {"FailedPrecondition", "FAILED_PRECONDITION"},
    {"Aborted", "ABORTED"},
    {"OutOfRange", "OUT_OF_RANGE"},
    {"Unimplemented", "UNIMPLEMENTED"},
    {"Internal", "INTERNAL"},
    {"Unavailable", "UNAVAILABLE"},
    {"DataLoss", "DATA_LOSS"},
    {"Unauthenticated", "UNAUTHENTICATED"},
}};

/// As gRPC spells it; whatever number a peer sent.
constexpr std::string_view status_name(int code) noexcept {
  const auto index = static_cast<std::size_t>(code);
  return index < kStatusCodes.size() ? kStatusCodes.at(index).grpc
                                     : std::string_view("a code that gRPC does not have");
}

}  // namespace shmx::otlp

#endif  // SHM_EXPORTER_AGENT_OTLP_STATUS_CODES_H
