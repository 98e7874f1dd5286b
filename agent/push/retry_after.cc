#include "agent/push/retry_after.h"

#include <algorithm>
#include <cstdint>

namespace shmx::push {
namespace {

/// IMF-fixdate, and the obsolete forms of RFC 850 and asctime (RFC 9110, 5.6.7).
constexpr const char* kForms[] = {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT",
                                  "%a %b %e %H:%M:%S %Y"};

}  // namespace

std::optional<std::time_t> parse_http_date(const std::string& text) {
  for (const char* const form : kForms) {
    std::tm parts{};
    const char* const end = ::strptime(text.c_str(), form, &parts);
    if (end != nullptr && *end == '\0') return ::timegm(&parts);
  }
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> parse_retry_after(const std::string& value,
                                                           std::optional<std::time_t> now) {
  const bool digits = !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
  std::int64_t seconds = 0;
  if (digits) {
    constexpr std::size_t kDigitsThatFit = 18;
    if (value.size() > kDigitsThatFit) return kLongestWait;
    seconds = std::stoll(value);
  } else {
    const auto date = parse_http_date(value);
    if (!date || !now) return std::nullopt;
    seconds = std::max<std::int64_t>(0, *date - *now);
  }
  constexpr auto kMostSeconds = std::chrono::duration_cast<std::chrono::seconds>(kLongestWait);
  return std::chrono::seconds(std::min<std::int64_t>(seconds, kMostSeconds.count()));
}

}  // namespace shmx::push
