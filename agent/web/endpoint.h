// Listen addresses as users write them: `:9919`, `127.0.0.1:9919`, `[::1]:9919`, `localhost:0`,
// `unix:/run/shm-exporter/metrics.sock`.
// Text to values only; the listener resolves and binds.
#ifndef SHM_EXPORTER_AGENT_WEB_ENDPOINT_H
#define SHM_EXPORTER_AGENT_WEB_ENDPOINT_H

#include <cstdint>
#include <string>
#include <string_view>

#include "shm/result.h"

namespace shmx::web {

struct Endpoint {
  std::string host{};      ///< empty: every address of the host, IPv4 and IPv6
  std::uint16_t port = 0;  ///< 0: the kernel chooses
  std::string path{};      ///< of a unix socket, absolute; empty: TCP
};

Result<Endpoint> parse_endpoint(std::string_view text);

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_ENDPOINT_H
