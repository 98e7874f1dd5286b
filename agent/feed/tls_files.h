// Whether TLS files can be served with, told at the start and in words: gRPC itself would only fail
// every handshake.
#ifndef SHM_EXPORTER_AGENT_FEED_TLS_FILES_H
#define SHM_EXPORTER_AGENT_FEED_TLS_FILES_H

#include <optional>

#include "agent/feed/server.h"

namespace shmx::feed {

/// Nothing if they are readable, PEM, and the key is the certificate's; else what is wrong with
/// which file.
std::optional<Error> problem_of(const TlsFiles& files);

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_TLS_FILES_H
