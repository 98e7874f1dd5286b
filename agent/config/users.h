// Users of this host by their names.
#ifndef SHM_EXPORTER_AGENT_CONFIG_USERS_H
#define SHM_EXPORTER_AGENT_CONFIG_USERS_H

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace shmx::config {

/// The uid of a user; nothing if there is none of this name.
using FindUser = std::function<std::optional<std::uint32_t>(const std::string& name)>;

/// By getpwnam_r(3): /etc/passwd, or whatever nsswitch.conf(5) names. Thread-safe; may block.
std::optional<std::uint32_t> user_of_this_host(const std::string& name);

}  // namespace shmx::config

#endif  // SHM_EXPORTER_AGENT_CONFIG_USERS_H
