// The echo service in every server API of gRPC C++. All follow echo_script.h.
#ifndef SHM_EXPORTER_TESTS_SHIM_ECHO_SERVERS_H
#define SHM_EXPORTER_TESTS_SHIM_ECHO_SERVERS_H

#include <grpcpp/server_builder.h>

#include <memory>
#include <ostream>
#include <string_view>

#include "tests/shim/gate.h"

namespace shmx::test {

enum class ServerApi { sync, callback, async, generic_async, generic_callback };

constexpr std::string_view to_string(ServerApi api) {
  switch (api) {
    case ServerApi::sync:
      return "sync";
    case ServerApi::callback:
      return "callback";
    case ServerApi::async:
      return "async";
    case ServerApi::generic_async:
      return "generic_async";
    case ServerApi::generic_callback:
      return "generic_callback";
  }
  return "unknown";
}

/// So that GoogleTest prints a parameter by its name.
inline void PrintTo(ServerApi api, std::ostream* out) {
  *out << to_string(api);
}

/// A service and the threads that serve it.
class EchoServer {
 public:
  virtual ~EchoServer() = default;
  virtual void add_to(grpc::ServerBuilder& builder) = 0;
  virtual void start() = 0;
  /// After Server::Shutdown: waits for the handlers.
  virtual void join() = 0;
};

std::unique_ptr<EchoServer> make_sync_echo(Gates& gates);
std::unique_ptr<EchoServer> make_callback_echo(Gates& gates);
std::unique_ptr<EchoServer> make_async_echo(Gates& gates);
std::unique_ptr<EchoServer> make_generic_async_echo(Gates& gates);
std::unique_ptr<EchoServer> make_generic_callback_echo(Gates& gates);

}  // namespace shmx::test

#endif  // SHM_EXPORTER_TESTS_SHIM_ECHO_SERVERS_H
