// shmtool's command line: its commands, their options, and what is said to who mistypes them. What
// the commands do is in the other files of this room.
#ifndef SHM_EXPORTER_AGENT_TOOL_COMMAND_LINE_H
#define SHM_EXPORTER_AGENT_TOOL_COMMAND_LINE_H

#include <string>
#include <vector>

#include "agent/config/command.h"

namespace shmx::tool {

/// `arguments` without the program's name; `version` is what --version shows. Returns what shmtool
/// ends with: 0, 1 when something is wrong or failed, 2 when the command line was not understood.
int run(const std::vector<std::string>& arguments, const std::string& version);

/// The same command line, for the manual page and the completion of shells.
config::Command describe_commands();

}  // namespace shmx::tool

#endif  // SHM_EXPORTER_AGENT_TOOL_COMMAND_LINE_H
