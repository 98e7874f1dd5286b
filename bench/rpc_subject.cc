// Makes COUNT in-process unary RPCs through one kind of interceptor; bench/rpc_instructions.py runs
// it under callgrind at two lengths and takes the difference.
//   rpc_subject server_noop|server_ours|server_peer|client_noop|client_ours COUNT HEAP_BLOCKS
// HEAP_BLOCKS blocks are allocated first and kept, to make another layout of the heap.
#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/peer_interceptor.h"
#include "rpc.grpc.pb.h"
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

// Tags of a completion queue: their addresses are what counts.
char g_arrived;
char g_answered;
char g_ended;

// One RPC, both sides.
bool echo(shmx::bench::Bench::AsyncService& service, shmx::bench::Bench::Stub& stub,
          grpc::ServerCompletionQueue& queue) {
  grpc::ServerContext server_context;
  shmx::bench::Ping arrived;
  grpc::ServerAsyncResponseWriter<shmx::bench::Ping> writer(&server_context);
  service.RequestEcho(&server_context, &arrived, &writer, &queue, &queue, &g_arrived);
  grpc::ClientContext client_context;
  shmx::bench::Ping request;
  shmx::bench::Ping reply;
  grpc::Status status;
  request.set_number(7);
  const auto reader = stub.AsyncEcho(&client_context, request, &queue);
  reader->Finish(&reply, &status, &g_ended);
  for (int events = 0; events < 3; ++events) {
    void* tag = nullptr;
    bool ok = false;
    if (!queue.Next(&tag, &ok)) {
      return false;
    }
    if (tag == &g_arrived) {
      writer.Finish(arrived, grpc::Status::OK, &g_answered);
    }
  }
  return status.ok() && reply.number() == request.number();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: rpc_subject KIND COUNT HEAP_BLOCKS\n");
    return 2;
  }
  const std::string kind = argv[1];
  const long count = std::strtol(argv[2], nullptr, 10);
  std::vector<std::unique_ptr<char[]>> layout;
  for (long i = std::strtol(argv[3], nullptr, 10); i > 0; --i) {
    layout.push_back(std::make_unique<char[]>(3000));
  }
  shmx::bench::Bench::AsyncService service;
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  set_server_interceptors(builder, kind);
  const auto queue = builder.AddCompletionQueue();
  const auto server = builder.BuildAndStart();
  const auto channel =
      server->experimental().InProcessChannelWithInterceptors({}, client_interceptors(kind));
  const auto stub = shmx::bench::Bench::NewStub(channel);
  for (long i = 0; i < count; ++i) {
    if (!echo(service, *stub, *queue)) {
      return 1;
    }
  }
  server->Shutdown();
  queue->Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue->Next(&tag, &ok)) {
  }
  return 0;
}
