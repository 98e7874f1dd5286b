// Manual pages (man 7 man), from a command line's own definitions and from a text of sections.
#ifndef SHM_EXPORTER_AGENT_MANUAL_PAGE_H
#define SHM_EXPORTER_AGENT_MANUAL_PAGE_H

#include <string>
#include <string_view>

#include "agent/config/command.h"

namespace shmx::manual {

/// The text has what no option says, in lines:
///
///   # SECTION      begins a section; the first is NAME, the second DESCRIPTION
///   = term         a term; the paragraph that follows explains it
///   (4 spaces)     a line of an example, shown as it is
///   anything else  a paragraph, until an empty line
///
/// The synopsis and the options, or the commands with theirs, come between the first section and
/// what follows the second. Section 1; `version` is shown at the foot.
std::string manual_page(const config::Command& command, std::string_view text,
                        std::string_view version);

}  // namespace shmx::manual

#endif  // SHM_EXPORTER_AGENT_MANUAL_PAGE_H
