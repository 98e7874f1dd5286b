// A segment as text for people, and as JSON for programs.
#ifndef SHM_EXPORTER_AGENT_TOOL_DUMP_H
#define SHM_EXPORTER_AGENT_TOOL_DUMP_H

#include <string>
#include <string_view>

#include "agent/tool/segment.h"

namespace shmx::tool {

/// Ends in a line feed. Control characters in what the segment's writer chose are shown as \xNN.
std::string dump_text(const Segment& segment);

/// One object on one line, ended by a line feed. Integers are exact; a double that JSON cannot
/// express is the string "NaN", "+Inf" or "-Inf". A series without exemplars has no such member.
/// Of certificates that are none, `certificates` is an object that says so instead of an array.
std::string dump_json(const Segment& segment);

/// "live", "dead", or "unknown" when the kernel did not say.
std::string_view state_name(LockState state);

}  // namespace shmx::tool

#endif  // SHM_EXPORTER_AGENT_TOOL_DUMP_H
