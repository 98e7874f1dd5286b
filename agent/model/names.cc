// Tables of words; see names.h.
#include "agent/model/names.h"

#include <array>

namespace shmx::model {

std::string_view loss_name(std::size_t loss) noexcept {
  static constexpr std::array<std::string_view, kNamedLosses> kNames = {
      "observations_dropped",    "registrations_dropped", "overflow_series", "values_refused",
      "values_saturated",        "shards_shared",         "attach_failures", "growth_failures",
      "label_values_overflowed", "certificates_left_out",
  };
  return loss < kNames.size() ? kNames[loss] : "unknown";
}

std::string_view kind_name(layout::FamilyKind kind) noexcept {
  switch (kind) {
    case layout::FamilyKind::counter:
      return "counter";
    case layout::FamilyKind::gauge:
      return "gauge";
    case layout::FamilyKind::histogram:
      return "histogram";
  }
  return "unknown";
}

std::string_view mode_name(layout::GaugeMode mode) noexcept {
  switch (mode) {
    case layout::GaugeMode::sum:
      return "sum";
    case layout::GaugeMode::min:
      return "min";
    case layout::GaugeMode::max:
      return "max";
    case layout::GaugeMode::most_recent:
      return "mostrecent";
    case layout::GaugeMode::all:
      return "all";
    case layout::GaugeMode::in_flight:
      return "in_flight";
    case layout::GaugeMode::none:
      break;
  }
  return "none";
}

}  // namespace shmx::model
