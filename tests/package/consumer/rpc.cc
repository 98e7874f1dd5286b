// A program that is a gRPC server and its client: one call of a method that always succeeds.
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <shim/client_interceptor.h>
#include <shim/server_interceptor.h>

#include <future>
#include <string>

namespace {

constexpr const char* kMethod = "/shop.Orders/Take";

// Answers with an empty message, whatever is asked.
class EmptyAnswer : public grpc::ServerGenericBidiReactor {
 public:
  EmptyAnswer() { StartWriteAndFinish(&answer_, grpc::WriteOptions(), grpc::Status::OK); }
  void OnDone() override { delete this; }

 private:
  const grpc::ByteBuffer answer_{nullptr, 0};
};

class Service : public grpc::CallbackGenericService {
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override {
    return new EmptyAnswer;
  }
};

}  // namespace

int main() {
  Service service;
  shmx::ServerOptions options;
  options.known_methods = {kMethod};
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("localhost:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterCallbackGenericService(&service);
  shmx::install_server_metrics(builder, options);
  const auto server = builder.BuildAndStart();
  if (server == nullptr) {
    return 1;
  }
  grpc::GenericStub stub(shmx::create_channel("localhost:" + std::to_string(port),
                                              grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  const grpc::ByteBuffer request(nullptr, 0);
  grpc::ByteBuffer response;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, kMethod, grpc::StubOptions(), &request, &response,
                 [&](grpc::Status status) { done.set_value(std::move(status)); });
  const bool ok = done.get_future().get().ok();
  server->Shutdown();
  return ok ? 0 : 1;
}
