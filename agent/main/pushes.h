// Which outputs the configuration asks for, as what agent/push and agent/feed take.
#ifndef SHM_EXPORTER_AGENT_MAIN_PUSHES_H
#define SHM_EXPORTER_AGENT_MAIN_PUSHES_H

#include <optional>
#include <string>
#include <vector>

#include "agent/config/flags.h"
#include "agent/config/otlp_settings.h"
#include "agent/feed/server.h"
#include "agent/main/access.h"
#include "agent/main/outputs.h"
#include "shm/result.h"

namespace shmx {

struct Pushes {
  std::vector<Push> pushes{};
  std::vector<std::string> warnings{};
};

/// The push of everything, and one for each tenant that has an endpoint of its own. Nothing of the
/// first is in the others: not its headers, not its tokens.
Result<Pushes> pushes_of(const config::Flags& flags, const config::Settings& settings,
                         const config::Environment& environment);

/// PEM files that the pushes use.
std::vector<std::string> certificate_files_of(const std::vector<Push>& pushes);

/// Nothing: there is no feed. `access` outlives the feed.
std::optional<feed::Options> feed_options_of(const config::Flags& flags, Access& access);

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_PUSHES_H
