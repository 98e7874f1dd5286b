// See grpc_attributes.h.
#include "agent/otlp/grpc_attributes.h"

#include <algorithm>

#include "agent/otlp/status_codes.h"

namespace shmx::otlp {
namespace {

/// As gRPC spells it; codes that are unknown as they are. Nothing if it is not spelled as codes are
/// beside such a type.
std::optional<std::string_view> status_of(std::string_view code, std::string_view type) noexcept {
  const bool go = !type.empty() && type.front() >= 'a' && type.front() <= 'z';
  const auto* const known =
      std::find_if(kStatusCodes.begin(), kStatusCodes.end(),
                   [=](const StatusCode& c) { return c.go == code || c.grpc == code; });
  if (known == kStatusCodes.end()) {
    return code;
  }
  if (code != (go ? known->go : known->grpc)) {
    return {};
  }
  return known->grpc;
}

}  // namespace

std::optional<GrpcAttributes> grpc_attributes(const Labels& labels) noexcept {
  const auto value = [&](std::string_view name) -> const std::string* {
    const auto label = std::find_if(labels.begin(), labels.end(),
                                    [=](const Label& candidate) { return candidate.name == name; });
    return label == labels.end() ? nullptr : &label->value;
  };
  const std::string* const service = value("grpc_service");
  const std::string* const method = value("grpc_method");
  if (service == nullptr || method == nullptr || method->find('/') != std::string::npos) {
    return {};
  }
  GrpcAttributes made{*service, *method, *service == "unknown" && *method == "unknown", {}};
  if (const std::string* const code = value("grpc_code")) {
    const std::string* const type = value("grpc_type");
    const auto status = status_of(*code, type == nullptr ? std::string_view() : *type);
    if (!status) {
      return {};
    }
    made.status = *status;
  }
  return made;
}

}  // namespace shmx::otlp
