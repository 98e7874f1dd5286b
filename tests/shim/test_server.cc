// Builds, starts and stops the servers of the tests.
#include "tests/shim/test_server.h"

#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <utility>

namespace shmx::test {
namespace {

using grpc::experimental::InterceptionHookPoints;

/// The application's own interceptor: it passes everything on and counts the ends of calls.
class Probe final : public grpc::experimental::Interceptor {
 public:
  explicit Probe(std::shared_ptr<Tally> closed) : closed_(std::move(closed)) {}
  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    const auto closed = closed_;  // this may be gone after Proceed
    const bool ended = methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_CLOSE);
    methods->Proceed();
    if (ended) {
      closed->add();
    }
  }

 private:
  std::shared_ptr<Tally> closed_;
};

class ProbeFactory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit ProbeFactory(std::shared_ptr<Tally> closed) : closed_(std::move(closed)) {}
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* /*info*/) override {
    return new Probe(closed_);
  }

 private:
  std::shared_ptr<Tally> closed_;
};

std::unique_ptr<EchoServer> make_echo(ServerApi api, Gates& gates) {
  switch (api) {
    case ServerApi::sync:
      return make_sync_echo(gates);
    case ServerApi::callback:
      return make_callback_echo(gates);
    case ServerApi::async:
      return make_async_echo(gates);
    case ServerApi::generic_async:
      return make_generic_async_echo(gates);
    case ServerApi::generic_callback:
      return make_generic_callback_echo(gates);
  }
  return nullptr;
}

}  // namespace

TestServer::TestServer(ServerSetup setup) : echo_(make_echo(setup.api, gates_)) {
  grpc::EnableDefaultHealthCheckService(setup.health_check);
  grpc::ServerBuilder builder;
  ServerInterceptorFactories others;
  if (setup.beside_another) {
    others.push_back(std::make_unique<ProbeFactory>(closed_));
  }
  for (std::size_t i = 1; i < setup.metrics.size(); ++i) {
    others.push_back(server_interceptor_factory(builder, setup.metrics[i]));
  }
  if (!setup.metrics.empty()) {
    install_server_metrics(builder, setup.metrics.front(), std::move(others));
  }
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
  echo_->add_to(builder);
  server_ = builder.BuildAndStart();
  echo_->start();
}

std::shared_ptr<grpc::Channel> TestServer::channel(ClientInterceptorFactories factories) {
  return server_->experimental().InProcessChannelWithInterceptors(grpc::ChannelArguments(),
                                                                  std::move(factories));
}

void TestServer::begin_shutdown() {
  shutdown_ = std::thread([this] { server_->Shutdown(std::chrono::system_clock::now()); });
}

void TestServer::stop() {
  if (server_ == nullptr) {
    return;
  }
  gates_.entry.open();
  gates_.exit.open();
  if (shutdown_.joinable()) {
    shutdown_.join();
  } else {
    server_->Shutdown(std::chrono::system_clock::now() + kPatience);
  }
  echo_->join();
  server_.reset();
}

}  // namespace shmx::test
