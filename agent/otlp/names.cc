// See names.h.
#include "agent/otlp/names.h"

#include <algorithm>
#include <iterator>

#include "agent/otlp/units.h"

namespace shmx::otlp {
namespace {

struct Renamed {
  std::string_view from;
  model::Type type;  ///< of another type, it is not what the name says
  std::string_view to;
  std::string_view unit;
};

constexpr Renamed kRenamed[] = {
    {"grpc_client_handling_seconds", model::Type::histogram, "grpc.client.call.duration", "s"},
    {"grpc_server_handling_seconds", model::Type::histogram, "grpc.server.call.duration", "s"},
    {"grpc_server_started_total", model::Type::counter, "grpc.server.call.started", "{call}"},
};

}  // namespace

MetricName metric_name(const model::FamilyInfo& info, Names names) noexcept {
  if (names == Names::otel) {
    const auto* const renamed =
        std::find_if(std::begin(kRenamed), std::end(kRenamed), [&](const Renamed& candidate) {
          return candidate.from == info.name && candidate.type == info.type;
        });
    if (renamed != std::end(kRenamed)) {
      return {renamed->to, renamed->unit, true};
    }
  }
  return {info.name, ucum_unit(info)};
}

}  // namespace shmx::otlp
