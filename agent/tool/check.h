// `shmtool check web-config` and `shmtool check config`: what is wrong with an agent's files, told
// before it runs with them.
#ifndef SHM_EXPORTER_AGENT_TOOL_CHECK_H
#define SHM_EXPORTER_AGENT_TOOL_CHECK_H

#include <string>

namespace shmx::tool {

struct ConfigFiles {
  std::string config;      ///< as --config.file
  std::string web_config;  ///< as --web.config.file; empty: the agent has none
};

// Both print one line per file, warning and problem, and return what shmtool ends with: 1 if there
// are problems.

int check_web_config(const std::string& path);

/// All other flags are taken to be what they are if nobody gives them; of the environment nothing
/// is taken: it is the agent's that matters.
int check_config(const ConfigFiles& files);

}  // namespace shmx::tool

#endif  // SHM_EXPORTER_AGENT_TOOL_CHECK_H
