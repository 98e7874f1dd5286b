// The peer for RPC instructions: a server interceptor written in the plain way on prometheus-cpp
// families, with the counters and the handling histogram that ours has, its series looked up by
// labels at each event as prometheus-cpp's documentation shows it.
#ifndef SHM_EXPORTER_BENCH_PEER_INTERCEPTOR_H
#define SHM_EXPORTER_BENCH_PEER_INTERCEPTOR_H

#include <grpcpp/support/server_interceptor.h>

#include <memory>

namespace shmx::bench {

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> peer_interceptor_factory();

}  // namespace shmx::bench

#endif  // SHM_EXPORTER_BENCH_PEER_INTERCEPTOR_H
