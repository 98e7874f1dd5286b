// Headers of ours that go with every request: HTTP's, or gRPC's metadata.
#ifndef SHM_EXPORTER_AGENT_PUSH_REQUEST_HEADERS_H
#define SHM_EXPORTER_AGENT_PUSH_REQUEST_HEADERS_H

#include <vector>

#include "agent/push/options.h"
#include "shm/result.h"

namespace shmx::push {

/// Options::headers as they are sent, names in lower case: HTTP does not care, gRPC demands it. An
/// error: a name or a value that cannot be sent, or one that belongs to the protocol or the token.
Result<std::vector<Header>> request_headers(const Options& options);

}  // namespace shmx::push

#endif  // SHM_EXPORTER_AGENT_PUSH_REQUEST_HEADERS_H
