#include "agent/push/receiver_words.h"

#include <google/rpc/status.pb.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>

#include <algorithm>
#include <cstdint>

#include "agent/push/retry_after.h"

namespace shmx::push {
namespace {

bool parse(std::string_view bytes, google::protobuf::MessageLite& message) {
  return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace

std::string one_line(std::string_view text) {
  text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \t\r\n")));
  std::string line(text.substr(0, std::min(text.find_first_of("\r\n"), kMostWordBytes)));
  for (char& c : line) {
    if (c < ' ' || c > '~') c = c == '\t' ? ' ' : '?';
  }
  return line;
}

std::string words_of(std::string_view body, bool is_protobuf) {
  google::rpc::Status status;
  if (!is_protobuf) return one_line(body);
  return parse(body, status) ? one_line(status.message()) : std::string();
}

std::optional<std::chrono::milliseconds> retry_info_of(const std::string& status_bytes) {
  google::rpc::Status status;
  if (!parse(status_bytes, status)) return std::nullopt;
  for (const auto& detail : status.details()) {
    google::rpc::RetryInfo info;
    if (!detail.type_url().ends_with("/google.rpc.RetryInfo") || !parse(detail.value(), info)) {
      continue;
    }
    constexpr auto kMostSeconds = std::chrono::duration_cast<std::chrono::seconds>(kLongestWait);
    const auto seconds =
        std::clamp<std::int64_t>(info.retry_delay().seconds(), 0, kMostSeconds.count());
    const std::chrono::nanoseconds rest(std::max(0, info.retry_delay().nanos()));
    return std::min(kLongestWait, std::chrono::ceil<std::chrono::milliseconds>(
                                      std::chrono::seconds(seconds) + rest));
  }
  return std::nullopt;
}

Reply accepted_reply(std::string_view bytes) {
  Reply reply;
  reply.kind = Reply::Kind::accepted;
  opentelemetry::proto::collector::metrics::v1::ExportMetricsServiceResponse response;
  if (!parse(bytes, response)) {
    reply.message = "accepted, but the answer is no ExportMetricsServiceResponse";
    return reply;
  }
  const auto& partial = response.partial_success();
  reply.rejected_points = std::max<std::int64_t>(0, partial.rejected_data_points());
  reply.message = one_line(partial.error_message());
  return reply;
}

}  // namespace shmx::push
