// What clients ask for, as plain values; who asks for what cannot be is told what could.
#ifndef SHM_EXPORTER_AGENT_FEED_REQUESTS_H
#define SHM_EXPORTER_AGENT_FEED_REQUESTS_H

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/status.h>

#include <chrono>
#include <compare>
#include <string>
#include <vector>

#include "agent/feed/limits.h"
#include "shm/result.h"

namespace shmx::feed {

/// Names ascending, each once, so that equal wishes are equal values. Empty: all.
struct Filter {
  std::vector<std::string> metrics{};
  std::vector<std::string> jobs{};
  // clang-tidy 14 takes the 0 in a defaulted <=> for a pointer.
  friend auto operator<=>(const Filter&, const Filter&) = default;  // NOLINT(modernize-use-nullptr)
};

struct Request {
  Filter filter{};
  std::chrono::nanoseconds interval{};  ///< 0: once
};

/// The error is INVALID_ARGUMENT.
Result<Request, grpc::Status> read_get(const grpc::ByteBuffer& bytes);
Result<Request, grpc::Status> read_subscribe(const grpc::ByteBuffer& bytes, const Limits& limits);

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_REQUESTS_H
