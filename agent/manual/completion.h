// What shells offer for the words of a command line, from its own definitions.
#ifndef SHM_EXPORTER_AGENT_MANUAL_COMPLETION_H
#define SHM_EXPORTER_AGENT_MANUAL_COMPLETION_H

#include <string>

#include "agent/config/command.h"

namespace shmx::manual {

/// A script for bash that bash-completion loads by the command's name.
std::string bash_completion(const config::Command& command);

/// The same for fish.
std::string fish_completion(const config::Command& command);

}  // namespace shmx::manual

#endif  // SHM_EXPORTER_AGENT_MANUAL_COMPLETION_H
