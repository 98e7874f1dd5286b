// What the header Authorization holds by the scheme Basic (RFC 7617).
#ifndef SHM_EXPORTER_AGENT_IDENTITY_BASIC_AUTH_H
#define SHM_EXPORTER_AGENT_IDENTITY_BASIC_AUTH_H

#include <optional>
#include <string>
#include <string_view>

namespace shmx::identity {

struct BasicCredentials {
  std::string user;
  std::string password;
};

/// Nothing unless it is base64 as RFC 4648 writes it (padded, nothing in between, no stray bits) of
/// a user, a colon and a password without control characters.
std::optional<BasicCredentials> parse_basic(std::string_view base64);

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_BASIC_AUTH_H
