// How long to wait before a request is sent again. No clock here: it says how long, others wait.
#ifndef SHM_EXPORTER_AGENT_PUSH_BACKOFF_H
#define SHM_EXPORTER_AGENT_PUSH_BACKOFF_H

#include <chrono>
#include <functional>

namespace shmx::push {

/// Exponential with jitter over the whole length, so that the agents of a fleet that lost their
/// receiver together do not come back together. Of one message; not thread-safe.
class Backoff {
 public:
  /// The policy of OpenTelemetry's SDKs (RetryPolicy of the Java SDK): receivers know it.
  static constexpr std::chrono::milliseconds kFirst{1'000};
  static constexpr std::chrono::milliseconds kLongest{5'000};
  static constexpr double kFactor = 1.5;
  /// Whatever the jitter says: a receiver in trouble is not asked twice at once.
  static constexpr std::chrono::milliseconds kShortest{100};

  /// `random` gives numbers from 0 to 1 and outlives this.
  explicit Backoff(const std::function<double()>& random) : random_(random) {}

  /// From kShortest to the ceiling, which grows with each call up to kLongest.
  std::chrono::milliseconds next();

 private:
  const std::function<double()>& random_;
  std::chrono::duration<double, std::milli> ceiling_ = kFirst;
};

}  // namespace shmx::push

#endif  // SHM_EXPORTER_AGENT_PUSH_BACKOFF_H
