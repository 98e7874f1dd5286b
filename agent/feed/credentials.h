// TLS files as gRPC wants them.
#ifndef SHM_EXPORTER_AGENT_FEED_CREDENTIALS_H
#define SHM_EXPORTER_AGENT_FEED_CREDENTIALS_H

#include <grpcpp/security/server_credentials.h>

#include <chrono>
#include <memory>

#include "agent/feed/server.h"

namespace shmx::feed {

/// Insecure without a certificate. The files are read again when they change, looked at every
/// `refresh` on a thread of gRPC's. With client authorities, clients without a certificate of
/// theirs are turned away in the handshake.
std::shared_ptr<grpc::ServerCredentials> credentials(const TlsFiles& files,
                                                     std::chrono::seconds refresh);

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_CREDENTIALS_H
