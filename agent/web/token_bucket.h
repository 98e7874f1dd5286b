// A rate limit as Go's x/time/rate has it, which the exporters' web configuration means. The time
// is passed in.
#ifndef SHM_EXPORTER_AGENT_WEB_TOKEN_BUCKET_H
#define SHM_EXPORTER_AGENT_WEB_TOKEN_BUCKET_H

#include <algorithm>
#include <chrono>

#include "agent/web/config.h"

namespace shmx::web {

/// One thread at a time.
class TokenBucket {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Full at first.
  explicit TokenBucket(const RateLimit& limit)
      : limit_(limit), tokens_(static_cast<double>(limit.burst)) {}

  /// Takes a token. False: there is none. An interval of 0 is no limit, a burst of 0 lets nothing
  /// through; both as in Go.
  bool take(Time now) {
    if (limit_.interval <= std::chrono::nanoseconds::zero()) return true;
    const std::chrono::duration<double, std::nano> elapsed = std::max(now, last_) - last_;
    last_ = std::max(now, last_);
    tokens_ =
        std::min(static_cast<double>(limit_.burst),
                 tokens_ + elapsed / std::chrono::duration<double, std::nano>(limit_.interval));
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

  const RateLimit& limit() const noexcept { return limit_; }

 private:
  RateLimit limit_;
  double tokens_;
  Time last_{};  // before any request; the bucket is full then
};

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_TOKEN_BUCKET_H
