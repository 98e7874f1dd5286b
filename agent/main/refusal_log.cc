#include "agent/main/refusal_log.h"

namespace shmx {

std::string without_port(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  const bool has_port = colon != std::string::npos && colon + 1 < address.size() &&
                        address.find_first_not_of("0123456789", colon + 1) == std::string::npos;
  // An IPv6 address has brackets if a port follows.
  const bool bare_ipv6 = address.find(':') != colon && address.find(']') == std::string::npos;
  return has_port && !bare_ipv6 ? address.substr(0, colon) : address;
}

void RefusalLog::note(Refused refused, Clock::time_point now) {
  refused.peer = without_port(refused.peer);
  const std::lock_guard lock(mutex_);
  Key key{refused.reason, refused.peer};
  if (!told_.contains(key) && told_.size() >= kMaxPairs) {
    forget_quiet(now);
    if (told_.size() >= kMaxPairs) {
      key.second = refused.peer = "others";
    }
  }
  const auto [told, is_new] = told_.try_emplace(std::move(key), Told{now});
  if (!is_new && now - told->second.at < kQuiet) {
    ++told->second.since;
    return;
  }
  const std::uint64_t before = told->second.since;
  told->second = {now};
  write_(refused, before);
}

/// What was refused meanwhile and is not refused any more has been told with its first.
void RefusalLog::forget_quiet(Clock::time_point now) {
  std::erase_if(told_, [&](const auto& entry) { return now - entry.second.at >= kQuiet; });
}

}  // namespace shmx
