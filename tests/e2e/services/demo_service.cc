// A service process for the demo and the end-to-end tests, as a service owner would write it: the
// one line that it owes to the exporter is install_server_metrics(). Prints its port when it
// serves; stops on SIGTERM and SIGINT.
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <memory>
#include <string>

#include "shim/server_interceptor.h"
#include "tests/e2e/services/inventory_service.h"
#include "tests/e2e/services/orders_service.h"

namespace {

struct Flags {
  std::string service;
  std::string directory;
  int port = 0;
  bool native = false;
};

/// Calls under way at a stop get this long.
constexpr std::chrono::seconds kGrace{5};

std::unique_ptr<grpc::Service> make_service(const std::string& name) {
  if (name == "orders") {
    return std::make_unique<shmx::demo::OrdersService>();
  }
  return std::make_unique<shmx::demo::InventoryService>();
}

int serve(const Flags& flags) {
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  sigaddset(&stop_signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);  // Before gRPC starts threads of its own.

  shmx::ServerOptions options;
  options.process.service = flags.service;
  options.process.directory = flags.directory;
  options.handling_time_histogram = true;
  options.in_flight = true;
  if (flags.native) {
    options.handling_bucket_kind = shmx::BucketKind::both;
  }

  shmx::configure(options.process);  // The service's own counters are declared before the server.
  const auto service = make_service(flags.service);
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:" + std::to_string(flags.port),
                           grpc::InsecureServerCredentials(), &port);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // A port has one process here.
  builder.RegisterService(service.get());
  shmx::install_server_metrics(builder, options);
  const auto server = builder.BuildAndStart();
  if (!server || port == 0) {
    std::cerr << "cannot listen on port " << flags.port << "\n";
    return 1;
  }
  std::cout << port << std::endl;

  int signal = 0;
  sigwait(&stop_signals, &signal);
  server->Shutdown(std::chrono::system_clock::now() + kGrace);
  return 0;
}

int run(int argc, char** argv) {
  CLI::App app("A gRPC service that counts its calls into shared memory.");
  Flags flags;
  app.add_option("--service", flags.service, "which service, and the name of its job")
      ->required()
      ->check(CLI::IsMember({"orders", "inventory"}));
  app.add_option("--dir", flags.directory, "the segment directory")->required();
  app.add_option("--port", flags.port, "port on 127.0.0.1; 0 lets the kernel choose")
      ->check(CLI::Range(0, 65535));
  app.add_flag("--native", flags.native, "native buckets too");
  CLI11_PARSE(app, argc, argv);
  return serve(flags);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
