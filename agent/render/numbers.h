// How numbers look on a page: in text 0.0.4 as Go prints them (Prometheus' own tools compare byte
// by byte), in OpenMetrics so that a float is never taken for an integer. Text formats only:
// protobuf carries numbers as they are.
#ifndef SHM_EXPORTER_AGENT_RENDER_NUMBERS_H
#define SHM_EXPORTER_AGENT_RENDER_NUMBERS_H

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "agent/model/model.h"

namespace shmx::render {

/// No number is longer: 2^127 has 39 digits and a sign, a double at most 24 characters.
inline constexpr std::size_t kMaxNumberBytes = 40;

/// Writes more than 64 bits; write_ticks() calls it.
char* write_wide_ticks(char* out, model::Ticks value) noexcept;

/// Writes an integer in full, and returns where it ends. `out` has room for kMaxNumberBytes.
inline char* write_ticks(char* out, model::Ticks value) noexcept {
  if (value >= 0 && value <= std::numeric_limits<std::uint64_t>::max()) [[likely]] {
    return std::to_chars(out, out + kMaxNumberBytes, static_cast<std::uint64_t>(value)).ptr;
  }
  return write_wide_ticks(out, value);
}

/// Writes the shortest digits that give the same double again, with an exponent where Go uses one
/// (1e+06, 1e-05); NaN, +Inf, -Inf.
char* write_double(char* out, double value) noexcept;

/// As write_double(), with `.0` behind what would look like an integer.
char* write_float(char* out, double value) noexcept;

/// How a format writes doubles: one of the two above.
using DoubleWriter = char* (*)(char*, double) noexcept;

/// Writes what so many ticks are in the family's unit.
inline char* write_units(char* out, model::Ticks ticks, std::uint64_t ticks_per_unit,
                         DoubleWriter write = write_double) noexcept {
  return ticks_per_unit == 1 ? write_ticks(out, ticks)
                             : write(out, model::to_units(ticks, ticks_per_unit));
}

/// Writes nanoseconds, not negative, as seconds, exactly.
char* write_seconds(char* out, std::int64_t ns) noexcept;

}  // namespace shmx::render

#endif  // SHM_EXPORTER_AGENT_RENDER_NUMBERS_H
