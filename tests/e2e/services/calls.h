// The calls of the load: one function per kind of call, which makes it and says what it did. Counts
// for itself, from what gRPC's API returns; knows nothing of metrics.
#ifndef SHM_EXPORTER_TESTS_E2E_SERVICES_CALLS_H
#define SHM_EXPORTER_TESTS_E2E_SERVICES_CALLS_H

#include <grpcpp/channel.h>
#include <grpcpp/support/status_code_enum.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace shmx::demo {

/// What tells calls apart.
struct CallKind {
  std::string type;     ///< unary, client_stream, server_stream, bidi_stream
  std::string service;  ///< as in the proto: shop.Orders
  std::string method;
  grpc::StatusCode code = grpc::StatusCode::OK;  ///< how it ended

  bool operator<(const CallKind& other) const {
    return std::tie(type, service, method, code) <
           std::tie(other.type, other.service, other.method, other.code);
  }
};

/// What calls of one kind did, added up.
struct CallFacts {
  std::uint64_t calls = 0;
  std::uint64_t messages_sent = 0;  ///< by the client
  std::uint64_t messages_received = 0;
  std::uint64_t units_ordered = 0;  ///< by orders that were taken

  CallFacts& operator+=(const CallFacts& other);
};

struct CallResult {
  CallKind kind;
  CallFacts facts;
};

/// Makes the n-th call of a method; `n` varies its messages and its outcome.
using Call = std::function<CallResult(std::uint64_t n)>;

/// One call per method of the service; every fifth fails. Empty for an unknown service.
std::vector<Call> calls_of(const std::string& service,
                           const std::shared_ptr<grpc::Channel>& channel);

}  // namespace shmx::demo

#endif  // SHM_EXPORTER_TESTS_E2E_SERVICES_CALLS_H
