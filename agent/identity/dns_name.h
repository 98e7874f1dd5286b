// DNS names as certificates hold them.
#ifndef SHM_EXPORTER_AGENT_IDENTITY_DNS_NAME_H
#define SHM_EXPORTER_AGENT_IDENTITY_DNS_NAME_H

#include <string_view>

namespace shmx::identity {

/// Without regard to the case of ASCII letters.
bool same_dns_name(std::string_view a, std::string_view b);

/// Whether a server's certificate with the name `presented` is for `host`, by RFC 6125: a leading
/// "*." stands for exactly one label, before at least two more.
bool dns_name_covers(std::string_view presented, std::string_view host);

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_DNS_NAME_H
