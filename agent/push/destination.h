// What both transports need of the options, checked and opened.
#ifndef SHM_EXPORTER_AGENT_PUSH_DESTINATION_H
#define SHM_EXPORTER_AGENT_PUSH_DESTINATION_H

#include <cstdint>
#include <optional>
#include <vector>

#include "agent/push/bearer_token.h"
#include "agent/push/options.h"
#include "agent/push/tls_material.h"
#include "agent/web/url.h"
#include "shm/result.h"

namespace shmx::push {

struct Destination {
  web::Url url;
  std::vector<Header> headers;
  BearerToken token;
  std::optional<WatchedTls> tls;  ///< if the URL's scheme is https
};

/// `default_port`: where the URL has none; 0: its scheme's. An error: as make_transport().
Result<Destination> open_destination(const Options& options, std::uint16_t default_port = 0);

}  // namespace shmx::push

#endif  // SHM_EXPORTER_AGENT_PUSH_DESTINATION_H
