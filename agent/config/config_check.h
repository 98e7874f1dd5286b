// What --config.check and `shmtool check` tell of the configuration before an agent runs with it:
// all files are read as the agent would read them, and nothing is served, bound or written.
#ifndef SHM_EXPORTER_AGENT_CONFIG_CONFIG_CHECK_H
#define SHM_EXPORTER_AGENT_CONFIG_CONFIG_CHECK_H

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "agent/config/flags.h"
#include "agent/config/otlp_settings.h"

namespace shmx::config {

struct CheckReport {
  std::vector<std::string> fine{};      ///< one line per file
  std::vector<std::string> warnings{};  ///< an agent would start, and somebody be surprised
  std::vector<std::string> problems{};  ///< it would not start, or not do what is asked of it
};

/// web-config.yml alone, with the certificates and keys that it names, and when they expire.
CheckReport check_web_config(const std::string& path, std::int64_t now_unix_s);

/// Which keys of a JWK set cannot be used and why, or why it is none: agent/identity knows.
using JudgeKeySet = std::function<Result<std::vector<std::string>>(const std::string& json)>;

/// --config.file, --web.config.file, every file that they name, and whether all go together.
CheckReport check_configuration(const Flags& flags, const Environment& environment,
                                std::int64_t now_unix_s, const JudgeKeySet& judge_key_set);

/// Prints "OK …" and "warning: …" lines on standard output, problems on standard error; returns
/// what the program exits with: 1 if there are problems, or if nothing can be written.
int print_report(const CheckReport& report, const std::string& program);

}  // namespace shmx::config

#endif  // SHM_EXPORTER_AGENT_CONFIG_CONFIG_CHECK_H
