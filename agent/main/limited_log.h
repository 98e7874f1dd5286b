// Warnings that others can cause, as many as a log can bear: whoever makes segments, or asks for
// pages, must not fill the disk with what the agent says about it.
#ifndef SHM_EXPORTER_AGENT_MAIN_LIMITED_LOG_H
#define SHM_EXPORTER_AGENT_MAIN_LIMITED_LOG_H

#include <chrono>
#include <functional>
#include <mutex>
#include <string>

namespace shmx {

class LimitedLog {
 public:
  using Clock = std::chrono::steady_clock;
  using Write = std::function<void(const std::string& sentence)>;

  /// Enough to see what happens, little enough to be kept: a full minute is about 20 KB.
  static constexpr unsigned kLinesPerMinute = 100;

  explicit LimitedLog(Write write) : write_(std::move(write)) {}

  /// Writes the sentence, or leaves it out when there have been too many in this minute; how many
  /// were left out is said with the first of the next. Any thread.
  void warn(const std::string& sentence, Clock::time_point now);

 private:
  Write write_;
  std::mutex mutex_;
  Clock::time_point minute_{};
  unsigned lines_ = 0;
  unsigned left_out_ = 0;
};

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_LIMITED_LOG_H
