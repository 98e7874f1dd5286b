// Metrics of a gRPC server: one line for a ServerBuilder.
//
//   grpc::ServerBuilder builder;
//   builder.RegisterService(&service);
//   shmx::install_server_metrics(builder);
//
// Nothing here throws or fails visibly: what cannot be counted is counted as lost (shm/registry.h).
#ifndef SHM_EXPORTER_SHIM_SERVER_INTERCEPTOR_H
#define SHM_EXPORTER_SHIM_SERVER_INTERCEPTOR_H

#include <grpcpp/server_builder.h>
#include <grpcpp/support/server_interceptor.h>

#include <memory>
#include <vector>

#include "shim/options.h"

namespace shmx {

using ServerInterceptorFactories =
    std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>;

/// Makes the server count its calls. `others` are the application's own interceptors: a builder has
/// one list, and setting it replaces it. They come first in it, so that what they change (a status,
/// a message) is counted as it leaves. Once per builder, before BuildAndStart(), before or after
/// the services are registered.
void install_server_metrics(grpc::ServerBuilder& builder, ServerOptions options = {},
                            ServerInterceptorFactories others = {}) noexcept;

/// The interceptor alone, for a list that the application composes itself; several with different
/// options may be in one list. `builder` is the one that the list is set on: the methods that are
/// known by name are those of the services it registers. Returns null when memory is short (gRPC
/// does not accept null factories: leave it out).
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> server_interceptor_factory(
    grpc::ServerBuilder& builder, ServerOptions options = {}) noexcept;

}  // namespace shmx

#endif  // SHM_EXPORTER_SHIM_SERVER_INTERCEPTOR_H
