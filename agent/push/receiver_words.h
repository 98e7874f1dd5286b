// What a receiver says, as far as a log can bear it.
#ifndef SHM_EXPORTER_AGENT_PUSH_RECEIVER_WORDS_H
#define SHM_EXPORTER_AGENT_PUSH_RECEIVER_WORDS_H

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "agent/push/transport.h"

namespace shmx::push {

/// Enough for a reason, and for hundreds of them in a log.
inline constexpr std::size_t kMostWordBytes = 300;

/// The first line of a text, of printable ASCII alone (the rest as '?'), kMostWordBytes at most.
std::string one_line(std::string_view text);

/// The message of a serialized google.rpc.Status, else the first line of a text.
std::string words_of(std::string_view body, bool is_protobuf);

/// The delay in the RetryInfo of a serialized google.rpc.Status, at most kLongestWait.
std::optional<std::chrono::milliseconds> retry_info_of(const std::string& status);

/// An accepted request's reply, from its ExportMetricsServiceResponse. Bytes that are none leave it
/// accepted, with a message.
Reply accepted_reply(std::string_view response);

}  // namespace shmx::push

#endif  // SHM_EXPORTER_AGENT_PUSH_RECEIVER_WORDS_H
