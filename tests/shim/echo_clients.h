// Calls of the echo service through every client API of gRPC C++.
#ifndef SHM_EXPORTER_TESTS_SHIM_ECHO_CLIENTS_H
#define SHM_EXPORTER_TESTS_SHIM_ECHO_CLIENTS_H

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "echo.pb.h"

namespace shmx::test {

enum class ClientApi { sync, callback, async, generic_async, generic_callback };

constexpr std::string_view to_string(ClientApi api) {
  switch (api) {
    case ClientApi::sync:
      return "sync";
    case ClientApi::callback:
      return "callback";
    case ClientApi::async:
      return "async";
    case ClientApi::generic_async:
      return "generic_async";
    case ClientApi::generic_callback:
      return "generic_callback";
  }
  return "unknown";
}

/// So that GoogleTest prints a parameter by its name.
inline void PrintTo(ClientApi api, std::ostream* out) {
  *out << to_string(api);
}

/// How a call ended, and how many messages came.
struct Outcome {
  grpc::Status status;
  int received = 0;
};

using Notes = std::vector<Note>;

/// Sets a deadline or metadata before the call is made.
using Prepare = std::function<void(grpc::ClientContext&)>;

inline void no_preparation(grpc::ClientContext& /*context*/) {}

/// The generic clients have unary and chat only.
class EchoClient {
 public:
  virtual ~EchoClient() = default;

  /// Each returns when the call has ended; the context is the caller's.
  virtual Outcome unary_in(grpc::ClientContext& context, const Note& request) = 0;
  virtual Outcome collect_in(grpc::ClientContext& context, const Notes& requests) = 0;
  virtual Outcome expand_in(grpc::ClientContext& context, const Note& request) = 0;
  /// Waits for an echo after each request.
  virtual Outcome chat_in(grpc::ClientContext& context, const Notes& requests) = 0;

  /// The same with a context that is gone when they return.
  Outcome unary(const Note& request, const Prepare& prepare = no_preparation) {
    return call(&EchoClient::unary_in, request, prepare);
  }
  Outcome collect(const Notes& requests, const Prepare& prepare = no_preparation) {
    return call(&EchoClient::collect_in, requests, prepare);
  }
  Outcome expand(const Note& request, const Prepare& prepare = no_preparation) {
    return call(&EchoClient::expand_in, request, prepare);
  }
  Outcome chat(const Notes& requests, const Prepare& prepare = no_preparation) {
    return call(&EchoClient::chat_in, requests, prepare);
  }

 private:
  template <typename Request>
  Outcome call(Outcome (EchoClient::*method)(grpc::ClientContext&, const Request&),
               const Request& request, const Prepare& prepare) {
    grpc::ClientContext context;
    prepare(context);
    return (this->*method)(context, request);
  }
};

std::unique_ptr<EchoClient> make_client(ClientApi api, std::shared_ptr<grpc::Channel> channel);
std::unique_ptr<EchoClient> make_sync_client(std::shared_ptr<grpc::Channel> channel);
std::unique_ptr<EchoClient> make_callback_client(std::shared_ptr<grpc::Channel> channel);
std::unique_ptr<EchoClient> make_async_client(std::shared_ptr<grpc::Channel> channel);
std::unique_ptr<EchoClient> make_generic_async_client(std::shared_ptr<grpc::Channel> channel);
std::unique_ptr<EchoClient> make_generic_callback_client(std::shared_ptr<grpc::Channel> channel);

/// A unary call of any path, whether or not the server has it.
grpc::Status call_path(const std::shared_ptr<grpc::Channel>& channel, const std::string& path);

/// Starts a server stream, reads one message, and leaves: no Finish.
void abandon_stream(const std::shared_ptr<grpc::Channel>& channel, const Note& request);
void abandon_stream_async(const std::shared_ptr<grpc::Channel>& channel, const Note& request);

/// Requests.
Note note(std::string text, int count = 0, int code = 0);
Notes notes(int n, int last_code = 0);

}  // namespace shmx::test

#endif  // SHM_EXPORTER_TESTS_SHIM_ECHO_CLIENTS_H
