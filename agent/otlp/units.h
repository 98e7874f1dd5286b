// Units as OTLP has them, which are UCUM's, for units as Prometheus has them, which are words.
#ifndef SHM_EXPORTER_AGENT_OTLP_UNITS_H
#define SHM_EXPORTER_AGENT_OTLP_UNITS_H

#include <string_view>

#include "agent/model/model.h"

namespace shmx::otlp {

/// Empty if the family has no unit, one that OTLP has no word for, or one that its name does not
/// end in: a Prometheus that receives the unit would append it to the name.
std::string_view ucum_unit(const model::FamilyInfo& info) noexcept;

}  // namespace shmx::otlp

#endif  // SHM_EXPORTER_AGENT_OTLP_UNITS_H
