// The commands of shmtool that have a file of their own. Parts of command_line.cc, which alone
// includes this. Each declares its command, and leaves in `code` what shmtool ends with.
#ifndef SHM_EXPORTER_AGENT_TOOL_COMMANDS_H
#define SHM_EXPORTER_AGENT_TOOL_COMMANDS_H

#include <string>

namespace CLI {
class App;
class Validator;
}  // namespace CLI

namespace shmx::tool {

/// What shmtool ends with when something is wrong or failed.
inline constexpr int kFailed = 1;

void declare_top(CLI::App& app, int& code);
void declare_check(CLI::App& app, int& code);

/// Writes to standard output; what went wrong is on standard error.
bool print_out(const std::string& text);

/// Turns 1s, 1.5m, 500ms into milliseconds.
CLI::Validator duration();

}  // namespace shmx::tool

#endif  // SHM_EXPORTER_AGENT_TOOL_COMMANDS_H
