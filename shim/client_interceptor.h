// Metrics of a gRPC client: one line for a channel.
//
//   auto channel = shmx::create_channel("dns:///orders:443", credentials);
//
// Nothing here throws or fails visibly: what cannot be counted is counted as lost (shm/registry.h).
#ifndef SHM_EXPORTER_SHIM_CLIENT_INTERCEPTOR_H
#define SHM_EXPORTER_SHIM_CLIENT_INTERCEPTOR_H

#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>
#include <grpcpp/support/client_interceptor.h>

#include <memory>
#include <string>
#include <vector>

#include "shim/options.h"

namespace shmx {

using ClientInterceptorFactories =
    std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>>;

/// A channel that counts its calls. `others` are the application's own interceptors; they come
/// first in the list, so that calls are counted as they leave, and a call that one of them answers
/// itself (hijacks) is none.
std::shared_ptr<grpc::Channel> create_channel(
    const std::string& target, const std::shared_ptr<grpc::ChannelCredentials>& credentials,
    const ClientOptions& options = {}, const grpc::ChannelArguments& arguments = {},
    ClientInterceptorFactories others = {});

/// The interceptor alone, for a list that the application composes itself, for example for
/// Server::experimental().InProcessChannelWithInterceptors(); several with different options may be
/// in one list. Returns null when memory is short (gRPC does not accept null factories: leave it
/// out). Not for RegisterGlobalClientInterceptorFactory(): calls that are not counted have no
/// interceptor, which gRPC accepts of a channel's factories only.
std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface> client_interceptor_factory(
    const ClientOptions& options = {}) noexcept;

}  // namespace shmx

#endif  // SHM_EXPORTER_SHIM_CLIENT_INTERCEPTOR_H
