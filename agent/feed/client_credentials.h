// How a client shows who it is, and whom it takes for the agent.
#ifndef SHM_EXPORTER_AGENT_FEED_CLIENT_CREDENTIALS_H
#define SHM_EXPORTER_AGENT_FEED_CLIENT_CREDENTIALS_H

#include <grpcpp/security/credentials.h>

#include <memory>
#include <string>

#include "agent/feed/address.h"
#include "agent/feed/client.h"
#include "shm/result.h"

namespace shmx::feed {

struct ClientCredentials {
  std::shared_ptr<grpc::ChannelCredentials> channel;
  std::string authorization{};  ///< the metadata of that name; empty: none
};

/// Reads the files of now. An error: which cannot be used, or that one is missing, or that the
/// address is none where that may be shown.
Result<ClientCredentials> client_credentials(const CredentialFiles& files, const Address& address);

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_CLIENT_CREDENTIALS_H
