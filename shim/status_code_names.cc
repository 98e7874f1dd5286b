// The two spellings of gRPC's status codes.
#include "shim/status_code_names.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace shmx {
namespace {

constexpr std::array<std::string_view, kStatusCodes> kGoNames = {
    "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
    "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
    "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
    "DataLoss", "Unauthenticated"};

constexpr std::array<std::string_view, kStatusCodes> kUpperNames = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

constexpr std::size_t kUnknown = grpc::StatusCode::UNKNOWN;

}  // namespace

std::string status_code_name(int code, Mode mode) {
  const bool canonical = code >= 0 && code < kStatusCodes;
  if (mode == Mode::go) {
    // Unsigned, as Go's codes are.
    return canonical ? std::string(kGoNames[static_cast<std::size_t>(code)])
                     : "Code(" + std::to_string(static_cast<std::uint32_t>(code)) + ")";
  }
  return std::string(kUpperNames[canonical ? static_cast<std::size_t>(code) : kUnknown]);
}

}  // namespace shmx
