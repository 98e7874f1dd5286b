// Snapshot messages as bytes: encoded once, shared by all who get the same.
#ifndef SHM_EXPORTER_AGENT_FEED_MESSAGES_H
#define SHM_EXPORTER_AGENT_FEED_MESSAGES_H

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>
#include <grpcpp/support/status.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "agent/feed/requests.h"
#include "agent/feed/server.h"
#include "shm/result.h"

namespace shmx::feed {

/// A message of `resource_metrics` that has also missed `skipped` ones before it.
grpc::ByteBuffer message_of(const grpc::Slice& resource_metrics, std::uint32_t skipped);

/// The messages of one collection. One thread.
class Messages {
 public:
  /// `mapping` outlives this.
  Messages(std::shared_ptr<const model::Epoch> epoch, const otlp::Options& mapping,
           std::int64_t unix_ns, std::size_t max_bytes)
      : epoch_(std::move(epoch)), mapping_(mapping), unix_ns_(unix_ns), max_bytes_(max_bytes) {}

  /// The resource_metrics that the filter leaves of what the scope shows; RESOURCE_EXHAUSTED if
  /// they are too large, for a message or for the memory. Who sees the same and asks for the same
  /// shares the bytes. Valid as long as this lives.
  const Result<grpc::Slice, grpc::Status>& resource_metrics(const model::Scope& scope,
                                                            const Filter& filter);

 private:
  const model::Page& page(const model::Scope& scope);
  Result<grpc::Slice, grpc::Status> encode(const model::Page& page, const Filter& filter) const;

  const std::shared_ptr<const model::Epoch> epoch_;
  const otlp::Options& mapping_;
  const std::int64_t unix_ns_;
  const std::size_t max_bytes_;
  std::map<model::Scope, model::Page> pages_;
  std::map<std::pair<model::Scope, Filter>, Result<grpc::Slice, grpc::Status>> made_;
};

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_MESSAGES_H
