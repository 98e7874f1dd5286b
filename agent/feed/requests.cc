#include "agent/feed/requests.h"

#include <grpcpp/impl/codegen/proto_utils.h>
#include <shmx/v1/metrics_feed.pb.h>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace shmx::feed {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;
using Names = google::protobuf::RepeatedPtrField<std::string>;

grpc::Status invalid(const std::string& what) {
  return {grpc::StatusCode::INVALID_ARGUMENT, what};
}

template <typename Message>
std::optional<Message> decode(grpc::ByteBuffer bytes) {
  Message message;
  if (!bytes.Valid() || !grpc::SerializationTraits<Message>::Deserialize(&bytes, &message).ok()) {
    return {};
  }
  return message;
}

grpc::Status undecodable(const char* type) {
  return invalid("the request is not a " + std::string(type) +
                 " in protobuf (agent/feed/proto, or server reflection, has it)");
}

bool too_many(const Names& names) {
  return names.size() > static_cast<int>(kMaxFilterNames) ||
         std::any_of(names.begin(), names.end(),
                     [](const std::string& name) { return name.size() > kMaxFilterNameBytes; });
}

std::vector<std::string> sorted(const Names& names) {
  std::vector<std::string> made(names.begin(), names.end());
  std::sort(made.begin(), made.end());
  made.erase(std::unique(made.begin(), made.end()), made.end());
  return made;
}

Result<Filter, grpc::Status> read_filter(const v1::Filter& filter) {
  if (too_many(filter.metrics()) || too_many(filter.jobs())) {
    return invalid("a filter names at most " + std::to_string(kMaxFilterNames) +
                   " metrics and as many jobs, of at most " + std::to_string(kMaxFilterNameBytes) +
                   " bytes each");
  }
  return Filter{sorted(filter.metrics()), sorted(filter.jobs())};
}

/// Nothing: it is none that a Duration may hold, or not within the limits.
std::optional<nanoseconds> read_interval(const google::protobuf::Duration& duration,
                                         const Limits& limits) {
  constexpr std::int32_t kNanosEnd = 1'000'000'000;
  const std::int64_t most = std::chrono::ceil<seconds>(limits.largest_interval).count();
  if (duration.seconds() < 0 || duration.seconds() > most || duration.nanos() < 0 ||
      duration.nanos() >= kNanosEnd) {
    return {};
  }
  const nanoseconds interval = seconds(duration.seconds()) + nanoseconds(duration.nanos());
  if (interval < limits.smallest_interval || interval > limits.largest_interval) {
    return {};
  }
  return interval;
}

std::string in_seconds(nanoseconds interval) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(interval).count();
  constexpr std::int64_t kPerSecond = 1000;
  return ms % kPerSecond == 0 ? std::to_string(ms / kPerSecond) + " s" : std::to_string(ms) + " ms";
}

}  // namespace

Result<Request, grpc::Status> read_get(const grpc::ByteBuffer& bytes) {
  const auto request = decode<v1::GetRequest>(bytes);
  if (!request) {
    return undecodable("shmx.v1.GetRequest");
  }
  auto filter = read_filter(request->filter());
  if (!filter) {
    return filter.error();
  }
  return Request{std::move(filter).value(), {}};
}

Result<Request, grpc::Status> read_subscribe(const grpc::ByteBuffer& bytes, const Limits& limits) {
  const auto request = decode<v1::SubscribeRequest>(bytes);
  if (!request) {
    return undecodable("shmx.v1.SubscribeRequest");
  }
  auto filter = read_filter(request->filter());
  if (!filter) {
    return filter.error();
  }
  const auto interval =
      request->has_interval() ? read_interval(request->interval(), limits) : limits.usual_interval;
  if (!interval) {
    return invalid("the interval is from " + in_seconds(limits.smallest_interval) + " to " +
                   in_seconds(limits.largest_interval) + ", or not given");
  }
  return Request{std::move(filter).value(), *interval};
}

}  // namespace shmx::feed
