// What gRPC is told once, for the whole process.
#ifndef SHM_EXPORTER_AGENT_FEED_GRPC_PROCESS_H
#define SHM_EXPORTER_AGENT_FEED_GRPC_PROCESS_H

namespace shmx::feed {

/// From now on gRPC and protobuf write nothing to stderr: what an operator can act on is an error
/// of ours, and any stranger's failed handshake or misspelt request would be a line. And gRPC is
/// not shut down before the process ends: whoever lets its last object go would wait up to 10 s for
/// a thread of gRPC's that polls on behalf of a connection that is gone (gRPC 1.51, tcp_posix).
void set_up_grpc();

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_GRPC_PROCESS_H
