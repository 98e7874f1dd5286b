#include "agent/main/limited_log.h"

namespace shmx {

void LimitedLog::warn(const std::string& sentence, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (lines_ == 0 || now - minute_ >= std::chrono::minutes(1)) {
    minute_ = now;
    lines_ = 0;
  }
  if (lines_ >= kLinesPerMinute) {
    ++left_out_;
    return;
  }
  ++lines_;
  if (left_out_ > 0) {
    write_("Left out " + std::to_string(left_out_) + " further warnings");
    left_out_ = 0;
  }
  write_(sentence);
}

}  // namespace shmx
