// What gRPC and protobuf log themselves.
#ifndef SHM_EXPORTER_AGENT_FEED_GRPC_LOG_H
#define SHM_EXPORTER_AGENT_FEED_GRPC_LOG_H

namespace shmx::feed {

/// From now on they write nothing to stderr, in the whole process: what an operator can act on is
/// an error of ours, and any stranger's failed handshake or misspelt request would be a line.
void silence_grpc_log();

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_GRPC_LOG_H
