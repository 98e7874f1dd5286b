#include "agent/feed/messages.h"

#include <array>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include <shmx/v1/metrics_feed.pb.h>

#include "agent/otlp/encoder.h"

namespace shmx::feed {
namespace {

/// The bytes live as long as gRPC has them.
grpc::Slice to_slice(std::string bytes) {
  if (bytes.empty()) {
    return {};
  }
  auto owned = std::make_unique<std::string>(std::move(bytes));
  char* const data = owned->data();
  const std::size_t size = owned->size();
  return {data, size, [](void* owner) { delete static_cast<std::string*>(owner); },
          owned.release()};
}

grpc::Status too_large(const std::string& what) {
  return {grpc::StatusCode::RESOURCE_EXHAUSTED, what + "; ask for fewer metrics or jobs"};
}

}  // namespace

grpc::ByteBuffer message_of(const grpc::Slice& resource_metrics, std::uint32_t skipped) {
  // Messages that follow each other are one message, to protobuf: here one with that field alone.
  v1::Snapshot rest;
  rest.set_skipped(skipped);
  const std::array slices = {resource_metrics, grpc::Slice(rest.SerializeAsString())};
  return {slices.data(), slices.size()};
}

const Result<grpc::Slice, grpc::Status>& Messages::resource_metrics(const model::Scope& scope,
                                                                    const Filter& filter) {
  std::pair<model::Scope, Filter> wanted(scope, filter);
  auto made = made_.find(wanted);
  if (made == made_.end()) {
    made = made_.emplace(std::move(wanted), encode(page(scope), filter)).first;
  }
  return made->second;
}

const model::Page& Messages::page(const model::Scope& scope) {
  auto shown = pages_.find(scope);
  if (shown == pages_.end()) {
    shown = pages_.emplace(scope, model::Page(epoch_, scope)).first;
  }
  return shown->second;
}

Result<grpc::Slice, grpc::Status> Messages::encode(const model::Page& page,
                                                   const Filter& filter) const {
  try {
    otlp::Encoder encoder(mapping_, page.families(),
                          {filter.metrics, filter.jobs, otlp::Temporality::cumulative, unix_ns_});
    auto message = encoder.next(max_bytes_);
    if (!message) {
      return grpc::Slice();
    }
    if (message->bytes.size() > max_bytes_ || encoder.next(1)) {
      return too_large("a snapshot has at most " + std::to_string(max_bytes_) + " bytes");
    }
    return to_slice(std::move(message->bytes));
  } catch (const std::bad_alloc&) {
    return too_large("the agent has no memory for the snapshot");
  }
}

}  // namespace shmx::feed
