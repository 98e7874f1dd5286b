// Plain text as roff.
#ifndef SHM_EXPORTER_AGENT_MANUAL_ROFF_H
#define SHM_EXPORTER_AGENT_MANUAL_ROFF_H

#include <string>
#include <string_view>

namespace shmx::manual {

/// The text with nothing in it that roff would take for its own; line breaks become spaces, since
/// roff breaks lines itself. ASCII.
std::string escaped(std::string_view text);

/// A line of an example, in which spaces stay as they are.
std::string literal_line(std::string_view line);

/// A text of sections (page.h).
std::string sections(std::string_view text);

}  // namespace shmx::manual

#endif  // SHM_EXPORTER_AGENT_MANUAL_ROFF_H
