// The parts of an endpoint's URL.
#ifndef SHM_EXPORTER_AGENT_WEB_URL_H
#define SHM_EXPORTER_AGENT_WEB_URL_H

#include <cstdint>
#include <string>

#include "shm/result.h"

namespace shmx::web {

struct Url {
  bool tls = false;  ///< the scheme is https
  std::string host;  ///< a name or an address; IPv6 without brackets
  std::uint16_t port = 0;
  std::string target;  ///< path and query, at least "/"

  /// HOST:PORT, with brackets where the host is an IPv6 address.
  std::string authority() const;
};

/// An absolute http or https URL (RFC 3986) without user information and fragment. Without a port:
/// `default_port`, or when that is 0, the scheme's own.
Result<Url> parse_url(const std::string& text, std::uint16_t default_port = 0);

/// As logs, records and pages may show it: without query and user information, which may be
/// secrets. For any text that stands where a URL should.
std::string without_secrets(const std::string& url);

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_URL_H
