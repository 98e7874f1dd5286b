// The metrics of the OTLP push, which are there only where something is pushed.
#ifndef SHM_EXPORTER_AGENT_SELF_PUSH_METRICS_H
#define SHM_EXPORTER_AGENT_SELF_PUSH_METRICS_H

#include <prometheus/registry.h>

#include <memory>
#include <string>

#include "agent/push/report.h"

namespace shmx::self {

/// Thread-safe.
class PushMetrics {
 public:
  /// Every family and outcome is in the registry from now on, with a label `tenant` for the push of
  /// one. `registry` outlives this.
  PushMetrics(prometheus::Registry& registry, const std::string& tenant);
  ~PushMetrics();
  PushMetrics(const PushMetrics&) = delete;
  PushMetrics& operator=(const PushMetrics&) = delete;

  /// `unix_seconds`: when the push ended.
  void observe(const push::Report& push, double unix_seconds);

 private:
  struct Registered;
  std::unique_ptr<Registered> registered_;
};

}  // namespace shmx::self

#endif  // SHM_EXPORTER_AGENT_SELF_PUSH_METRICS_H
