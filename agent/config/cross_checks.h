// What is right on its own and wrong together: the policy, web-config.yml and the flags. Pure
// functions; a message tells what to do.
#ifndef SHM_EXPORTER_AGENT_CONFIG_CROSS_CHECKS_H
#define SHM_EXPORTER_AGENT_CONFIG_CROSS_CHECKS_H

#include <optional>
#include <string>
#include <vector>

#include "agent/config/flags.h"
#include "agent/identity/policy.h"
#include "agent/web/config.h"
#include "shm/result.h"

namespace shmx::config {

/// Readers that could never show who they are, tenants whom nobody could be told from, and issuers
/// whom nobody would be asked for. `web` is null without --web.config.file.
std::optional<Error> problem_of(const identity::Policy& policy, const web::Config* web,
                                bool has_unix_listener);

/// A tenant's directory must not hold, or be held by, one of --segments.directory: what a stranger
/// may write there would be the tenant's. Tenant `default` may have the same one.
std::optional<Error> problem_of_directories(const identity::Policy& policy,
                                            const std::vector<std::string>& segment_directories);

/// Whether the feed can be served as web-config.yml says. gRPC 1.51's server credentials know no
/// versions, cipher suites and curves: a feed on a TCP address would accept handshakes that
/// web-config.yml forbids. `feed_address` is as --feed.listen-address; empty: no feed.
std::optional<Error> feed_problem_of(const web::Config& web, const std::string& feed_address);

/// Whether a peer can be known by its uid: pages or the feed are on a unix socket.
bool has_unix_listener(const Flags& flags);

/// All of the above, as an agent with these flags would find them at its start or a reload.
std::vector<Error> problems_together(const identity::Policy& policy, const web::Config* web,
                                     const Flags& flags);

}  // namespace shmx::config

#endif  // SHM_EXPORTER_AGENT_CONFIG_CROSS_CHECKS_H
