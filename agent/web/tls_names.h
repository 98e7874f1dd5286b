// The names that web-config.yml has from Go, as OpenSSL's. Text to text only.
#ifndef SHM_EXPORTER_AGENT_WEB_TLS_NAMES_H
#define SHM_EXPORTER_AGENT_WEB_TLS_NAMES_H

#include <string>
#include <vector>

#include "agent/web/config.h"
#include "shm/result.h"

namespace shmx::web {

/// A list for SSL_CTX_set_cipher_list(3), in the order given. Suites of TLS 1.3 are left out: as in
/// Go, they cannot be configured. Empty: there are none but those. The error names what is unknown
/// and all that is known.
Result<std::string> cipher_list(const std::vector<std::string>& go_names);

/// A list for SSL_CTX_set1_groups_list(3), in the order given.
Result<std::string> group_list(const std::vector<std::string>& go_names);

/// As SSL_CTX_set_min_proto_version(3) takes it.
int protocol_version(TlsVersion version);

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_TLS_NAMES_H
