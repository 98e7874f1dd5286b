// Snapshot messages as bytes: encoded once, shared by all who get the same.
#ifndef SHM_EXPORTER_AGENT_FEED_MESSAGES_H
#define SHM_EXPORTER_AGENT_FEED_MESSAGES_H

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>
#include <grpcpp/support/status.h>

#include <cstddef>
#include <cstdint>
#include <map>

#include "agent/feed/requests.h"
#include "agent/feed/server.h"
#include "shm/result.h"

namespace shmx::feed {

/// A message of `resource_metrics` that has also missed `skipped` ones before it.
grpc::ByteBuffer message_of(const grpc::Slice& resource_metrics, std::uint32_t skipped);

/// The messages of one page. One thread.
class Messages {
 public:
  /// `page` and `mapping` outlive this.
  Messages(const model::Page& page, const otlp::Options& mapping, std::int64_t unix_ns,
           std::size_t max_bytes)
      : page_(page), mapping_(mapping), unix_ns_(unix_ns), max_bytes_(max_bytes) {}

  /// The page's resource_metrics that the filter leaves; RESOURCE_EXHAUSTED if they are too large,
  /// for a message or for the memory. Equal filters share their bytes.
  const Result<grpc::Slice, grpc::Status>& resource_metrics(const Filter& filter);

 private:
  Result<grpc::Slice, grpc::Status> encode(const Filter& filter) const;

  const model::Page& page_;
  const otlp::Options& mapping_;
  std::int64_t unix_ns_;
  std::size_t max_bytes_;
  std::map<Filter, Result<grpc::Slice, grpc::Status>> made_;
};

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_MESSAGES_H
