// The families of the gRPC interceptors: what each is, for every process and whatever a segment
// says, so that no process can retype another's numbers or rewrite their help.
#ifndef SHM_EXPORTER_AGENT_AGGREGATE_BUILTIN_FAMILIES_H
#define SHM_EXPORTER_AGENT_AGGREGATE_BUILTIN_FAMILIES_H

#include <cstdint>
#include <span>
#include <string_view>

#include "agent/model/model.h"

namespace shmx::aggregate {

struct BuiltinFamily {
  std::string_view name;
  FamilyKind kind;
  GaugeMode mode;
  std::uint64_t ticks_per_unit;
  std::string_view unit;
  std::string_view help;
};

std::span<const BuiltinFamily> builtin_families() noexcept;

/// Null when there is none of the name.
const BuiltinFamily* find_builtin(std::string_view name) noexcept;

}  // namespace shmx::aggregate

#endif  // SHM_EXPORTER_AGENT_AGGREGATE_BUILTIN_FAMILIES_H
