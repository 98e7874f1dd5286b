// Makes COUNT in-process unary RPCs through one kind of interceptor; bench/rpc_instructions.py runs
// it under callgrind at two lengths and takes the difference.
//   rpc_subject server_noop|server_ours|server_peer|client_noop|client_ours COUNT
#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "bench/peer_interceptor.h"
#include "bench/rpc.grpc.pb.h"
#include "shim/client_interceptor.h"
#include "shim/server_interceptor.h"

namespace {

class Proceeding : public grpc::experimental::Interceptor {
 public:
  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    methods->Proceed();
  }
};

class ServerProceeding : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo*) override {
    return new Proceeding;
  }
};

class ClientProceeding : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  grpc::experimental::Interceptor* CreateClientInterceptor(
      grpc::experimental::ClientRpcInfo*) override {
    return new Proceeding;
  }
};

class Service final : public shmx::bench::Bench::Service {
  grpc::Status Echo(grpc::ServerContext*, const shmx::bench::Ping* request,
                    shmx::bench::Ping* reply) override {
    reply->set_number(request->number());
    return grpc::Status::OK;
  }
};

void set_server_interceptors(grpc::ServerBuilder& builder, const std::string& kind) {
  if (kind == "server_ours") {
    shmx::ServerOptions options;
    options.handling_time_histogram = true;
    shmx::install_server_metrics(builder, options);
    return;
  }
  shmx::ServerInterceptorFactories list;
  if (kind == "server_noop") {
    list.push_back(std::make_unique<ServerProceeding>());
  } else if (kind == "server_peer") {
    list.push_back(shmx::bench::peer_interceptor_factory());
  }
  if (!list.empty()) {
    builder.experimental().SetInterceptorCreators(std::move(list));
  }
}

shmx::ClientInterceptorFactories client_interceptors(const std::string& kind) {
  shmx::ClientInterceptorFactories list;
  if (kind == "client_ours") {
    shmx::ClientOptions options;
    options.client_handling_time_histogram = true;
    list.push_back(shmx::client_interceptor_factory(options));
  } else if (kind == "client_noop") {
    list.push_back(std::make_unique<ClientProceeding>());
  }
  return list;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: rpc_subject KIND COUNT\n");
    return 2;
  }
  const std::string kind = argv[1];
  const long count = std::strtol(argv[2], nullptr, 10);
  Service service;
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  set_server_interceptors(builder, kind);
  const auto server = builder.BuildAndStart();
  const auto channel =
      server->experimental().InProcessChannelWithInterceptors({}, client_interceptors(kind));
  const auto stub = shmx::bench::Bench::NewStub(channel);
  shmx::bench::Ping request;
  shmx::bench::Ping reply;
  for (long i = 0; i < count; ++i) {
    grpc::ClientContext context;
    request.set_number(i);
    if (!stub->Echo(&context, request, &reply).ok()) {
      return 1;
    }
  }
  server->Shutdown();
  return 0;
}
