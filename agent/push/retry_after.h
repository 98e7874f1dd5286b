// The Retry-After header (RFC 9110, 10.2.3).
#ifndef SHM_EXPORTER_AGENT_PUSH_RETRY_AFTER_H
#define SHM_EXPORTER_AGENT_PUSH_RETRY_AFTER_H

#include <chrono>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace shmx::push {

/// A receiver that asks for more waits this long: its clock or its unit is wrong.
inline constexpr std::chrono::milliseconds kLongestWait = std::chrono::hours(24);

/// Seconds since 1970 of an HTTP date, in any of the three forms that a recipient must accept.
std::optional<std::time_t> parse_http_date(const std::string& text);

/// How long to wait: so many seconds, or until a date as seen from `now`, the answer's own Date
/// (whoever says when by its clock says by the same clock what time it is). Nothing when it is
/// neither, or is a date and `now` is not known. Never negative, kLongestWait at most.
std::optional<std::chrono::milliseconds> parse_retry_after(const std::string& value,
                                                           std::optional<std::time_t> now);

}  // namespace shmx::push

#endif  // SHM_EXPORTER_AGENT_PUSH_RETRY_AFTER_H
