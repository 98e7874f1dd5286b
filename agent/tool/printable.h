// Strings that a stranger wrote, on the way to somebody's terminal.
#ifndef SHM_EXPORTER_AGENT_TOOL_PRINTABLE_H
#define SHM_EXPORTER_AGENT_TOOL_PRINTABLE_H

#include <cstdint>
#include <string>
#include <string_view>

namespace shmx::tool {

/// The text with every control character (C0, DEL, C1) as \xNN, so that no segment can drive a
/// terminal. `text` is valid UTF-8.
std::string printable(std::string_view text);

/// RFC 3339 with nanoseconds, in UTC.
std::string time_text(std::uint64_t unix_ns);

/// The same in whole seconds; before 1970 it is 1970.
std::string seconds_text(std::int64_t unix_s);

}  // namespace shmx::tool

#endif  // SHM_EXPORTER_AGENT_TOOL_PRINTABLE_H
