// TLS settings as gRPC wants them.
#ifndef SHM_EXPORTER_AGENT_FEED_CREDENTIALS_H
#define SHM_EXPORTER_AGENT_FEED_CREDENTIALS_H

#include <grpcpp/security/server_credentials.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/web/config.h"
#include "shm/result.h"

namespace shmx::feed {

/// Nothing if gRPC can serve by them. (That the texts are certificates and their key is checked by
/// who reads them.)
std::optional<Error> problem_of(const web::TlsSettings& settings);

/// The settings are asked for (see Options::tls) when the server is built and before each
/// handshake; settings that cannot be used are told once to `warn`, and those before stay in force.
/// To be kept until the server is gone.
std::shared_ptr<grpc::ServerCredentials> tls_credentials(
    std::function<std::shared_ptr<const web::TlsSettings>()> ask,
    std::function<void(const std::string&)> warn);

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_CREDENTIALS_H
