// What only a restart changes: a reload that would is refused as a whole. Of shm-exporter.yml, what
// is read at the start alone, or the file would say what is not so. Of web-config.yml, what would
// open a door: the first half of a file that is being written does that, too. Pure functions.
#ifndef SHM_EXPORTER_AGENT_CONFIG_START_ONLY_H
#define SHM_EXPORTER_AGENT_CONFIG_START_ONLY_H

#include <optional>

#include "agent/config/settings.h"
#include "agent/web/config.h"
#include "shm/result.h"

namespace shmx::config {

/// The first such part in which the two differ, as a sentence that tells what to do. `started` is
/// what the agent started with.
std::optional<Error> start_only_change(const Settings& started, const Settings& next);

/// What `next` demands no more and `before`, which is in force, does.
std::optional<Error> start_only_change(const web::Config& before, const web::Config& next);

}  // namespace shmx::config

#endif  // SHM_EXPORTER_AGENT_CONFIG_START_ONLY_H
