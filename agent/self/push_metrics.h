// The metrics of the OTLP push, which are there only where something is pushed.
#ifndef SHM_EXPORTER_AGENT_SELF_PUSH_METRICS_H
#define SHM_EXPORTER_AGENT_SELF_PUSH_METRICS_H

#include <prometheus/registry.h>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace shmx::self {

/// What one push did; as push::Report, which this room does not know.
struct Push {
  enum class Outcome { accepted, refused, failed, skipped };
  Outcome outcome = Outcome::accepted;
  std::uint64_t requests = 0;
  std::uint64_t retries = 0;
  std::uint64_t points_sent = 0;      ///< that the receiver accepted
  std::uint64_t points_rejected = 0;  ///< that it rejected alone
  std::uint64_t sent_bytes = 0;
  double duration_seconds = 0;
  double unix_seconds = 0;  ///< when it ended
};

/// Thread-safe.
class PushMetrics {
 public:
  /// Every family and outcome is in the registry from now on. `registry` outlives this.
  explicit PushMetrics(prometheus::Registry& registry);
  ~PushMetrics();
  PushMetrics(const PushMetrics&) = delete;
  PushMetrics& operator=(const PushMetrics&) = delete;

  void observe(const Push& push);

 private:
  struct Registered;
  std::unique_ptr<Registered> registered_;
};

}  // namespace shmx::self

#endif  // SHM_EXPORTER_AGENT_SELF_PUSH_METRICS_H
