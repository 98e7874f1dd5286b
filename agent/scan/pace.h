// Keeps what strangers can provoke from taking the processor: how often a directory is listed, and
// when its events are too many to be followed. Reads no clock.
#ifndef SHM_EXPORTER_AGENT_SCAN_PACE_H
#define SHM_EXPORTER_AGENT_SCAN_PACE_H

#include <chrono>
#include <cstdint>

namespace shmx::scan {

using Instant = std::chrono::steady_clock::time_point;

/// Work that may take a tenth of the time, whatever it costs.
class Pace {
 public:
  static constexpr int kRestsPerWork = 9;

  bool is_due(Instant now) const noexcept { return now >= next_; }
  void worked(Instant from, Instant until) noexcept {
    next_ = until + kRestsPerWork * (until - from);
  }

 private:
  Instant next_ = Instant::min();
};

/// Counts the events of one directory.
class EventMeter {
 public:
  /// Starting 4,000 processes at once causes fewer. Following so many takes some 0.1 s.
  static constexpr std::uint64_t kMaxEventsPerWindow = 20'000;
  static constexpr std::chrono::seconds kWindow{1};

  /// How long the directory is listed instead: at scrapes and rescans, at Pace's price.
  static constexpr std::chrono::seconds kRest{10};

  /// Whether so many more are too many. Then resting() is true for a while.
  bool is_flood(std::uint64_t events, Instant now) noexcept {
    if (now - begin_ >= kWindow) {
      begin_ = now;
      count_ = 0;
    }
    count_ += events;
    if (count_ <= kMaxEventsPerWindow) {
      return false;
    }
    rest(now);
    return true;
  }

  void rest(Instant now) noexcept { rest_until_ = now + kRest; }
  bool resting(Instant now) const noexcept { return now < rest_until_; }

 private:
  Instant begin_{};
  Instant rest_until_ = Instant::min();
  std::uint64_t count_ = 0;
};

}  // namespace shmx::scan

#endif  // SHM_EXPORTER_AGENT_SCAN_PACE_H
