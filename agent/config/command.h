// A program's command line as data: what --help tells, for its manual page and for the completion
// of shells. CLI11 stays behind this header.
#ifndef SHM_EXPORTER_AGENT_CONFIG_COMMAND_H
#define SHM_EXPORTER_AGENT_CONFIG_COMMAND_H

#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace shmx::config {

struct CommandOption {
  std::vector<std::string> names;  ///< with their dashes, the short ones first
  std::string value;               ///< what stands for its value; empty: it takes none
  std::string standard;            ///< what holds if it is not given; may be empty
  std::string help;                ///< may have line breaks
  std::string group;               ///< under which heading --help has it
};

struct CommandArgument {
  std::string name;
  std::string help;
  bool required = true;
  bool repeatable = false;
};

struct Command {
  std::string name;
  std::string help;
  std::string footer;
  std::vector<CommandOption> options;
  std::vector<CommandArgument> arguments;
  std::vector<Command> commands;  ///< if there are some, one of them has to be given
};

/// With all that is below it.
Command describe(const CLI::App& app);

}  // namespace shmx::config

#endif  // SHM_EXPORTER_AGENT_CONFIG_COMMAND_H
