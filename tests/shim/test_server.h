// A real server of one kind in this process, with the metrics under test installed.
#ifndef SHM_EXPORTER_TESTS_SHIM_TEST_SERVER_H
#define SHM_EXPORTER_TESTS_SHIM_TEST_SERVER_H

#include <grpcpp/channel.h>
#include <grpcpp/server.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "shim/client_interceptor.h"
#include "shim/server_interceptor.h"
#include "tests/shim/echo_servers.h"
#include "tests/shim/gate.h"

namespace shmx::test {

struct ServerSetup {
  ServerApi api = ServerApi::sync;
  std::vector<ServerOptions> metrics = {};  ///< one interceptor each
  bool health_check = false;                ///< gRPC's default health service
  bool beside_another = true;  ///< an interceptor of the application's own is installed too
};

class TestServer {
 public:
  explicit TestServer(ServerSetup setup);
  explicit TestServer(ServerApi api) : TestServer(ServerSetup{.api = api}) {}
  TestServer(ServerApi api, ServerOptions metrics)
      : TestServer(ServerSetup{.api = api, .metrics = {std::move(metrics)}}) {}
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;
  ~TestServer() { stop(); }

  int port() const { return port_; }
  std::string target() const { return "127.0.0.1:" + std::to_string(port_); }

  /// A channel of its own inside the process; without metrics unless they are given.
  std::shared_ptr<grpc::Channel> channel(ClientInterceptorFactories factories = {});

  /// Where the handlers wait for the test.
  Gate& entry() { return gates_.entry; }
  Gate& exit() { return gates_.exit; }

  /// Whether the interceptors have been told of the end of `n` calls: the application's own one
  /// says it when the others have heard.
  [[nodiscard]] bool await_closed(int n) { return closed_->await(n); }

  /// Cancels what is pending, without waiting for it.
  void begin_shutdown();

  /// Lets pending handlers go on and waits until the server has forgotten every call.
  void stop();

 private:
  Gates gates_;
  std::shared_ptr<Tally> closed_ = std::make_shared<Tally>();
  std::unique_ptr<EchoServer> echo_;
  std::unique_ptr<grpc::Server> server_;
  std::thread shutdown_;
  int port_ = 0;
};

}  // namespace shmx::test

#endif  // SHM_EXPORTER_TESTS_SHIM_TEST_SERVER_H
