// What a client shows of itself with a call.
#ifndef SHM_EXPORTER_AGENT_FEED_PRESENTED_H
#define SHM_EXPORTER_AGENT_FEED_PRESENTED_H

#include <grpcpp/server_context.h>

#include "agent/identity/verdict.h"
#include "shm/result.h"

namespace shmx::feed {

/// Of a call that is under way. An error: its certificates cannot be read, or the kernel does not
/// say whose connection it is.
Result<identity::Presented> presented_by(const grpc::CallbackServerContext& context);

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_PRESENTED_H
