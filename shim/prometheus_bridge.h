// Publishes an existing prometheus-cpp registry through the shared-memory segment, so that code
// which counts with prometheus-cpp needs no change at its call sites:
//
//   auto registry = std::make_shared<prometheus::Registry>();
//   shmx::PrometheusBridge bridge(registry);  // instead of exposer.RegisterCollectable(registry)
//   bridge.start(std::chrono::seconds(5));    // or bridge.publish() when it suits
//
// Each publication collects the registry and adds what has grown since the last one. Nothing here
// throws. Not for counting itself: new code uses shim/metrics.h, which loses nothing of this list.
//
// What is lost, compared with the registry's own page:
//
// - What is counted after the last publication, when the process is killed or the registry is
//   destroyed first. stop() and the destructor publish once more, where start() had been called.
// - Fractions below the resolution (PrometheusBridgeOptions::ticks_per_unit). Totals are rounded,
//   not their growth, so the error of a series stays below one tick.
// - A counter that was reset (its value fell), or removed from the registry and made anew, and has
//   passed its former value again when it is next seen: the difference is taken for growth.
// - Summaries, as quantiles of several processes cannot be joined: counted by losses().summaries.
// - Untyped values become gauges. Timestamps are not kept.
// - A series that is removed from the registry stays on the page as long as the process lives: a
//   counter or histogram with what it had, a gauge of mode sum as 0, other gauges as they were.
// - Negative, infinite and NaN counters; infinite and NaN sums; sums that fall because negative
//   values were observed although no bucket bound is negative (the sum stays until it has caught
//   up): counted by losses().values_refused, at each publication that meets one.
// - Names, labels and help texts beyond the limits of shm/layout.h (a long help text is cut).
// - In a forked child: what it counted before its first publish() or start().
//
// Forked children. The thread is not there in a child: the bridge is stopped until start() or
// publish() is called in it. That first call takes the values it finds, which are the parent's, as
// the beginning; so call it right after fork(). fork() waits, for about a second at most, for a
// collection under way in another thread, so that the child does not inherit a registry whose
// locks nobody will release.
#ifndef SHM_EXPORTER_SHIM_PROMETHEUS_BRIDGE_H
#define SHM_EXPORTER_SHIM_PROMETHEUS_BRIDGE_H

#include <prometheus/collectable.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string_view>

#include "shim/published_series.h"  // default_ticks_per_unit()
#include "shm/descriptor.h"

namespace shmx {

struct PrometheusBridgeOptions {
  /// By family name: how many ticks a unit of a counter or of a histogram's sum has, 1 to 10^12.
  /// All processes of a job must agree. Empty: default_ticks_per_unit().
  std::function<std::uint64_t(std::string_view family)> ticks_per_unit{};
  /// By family name: how the gauges of several processes become one, but not in_flight. Empty: they
  /// are added up.
  std::function<GaugeMode(std::string_view family)> gauge_mode{};
  /// The first publication takes the values it finds as the beginning and adds nothing: for a
  /// bridge that is made in a forked child over a registry inherited from the parent.
  bool count_from_now = false;
};

/// All functions are thread-safe; none may be called from the collectable's own Collect(), where
/// they do nothing.
class PrometheusBridge {
 public:
  /// The collectable is not kept alive. One that is published through two bridges counts twice.
  explicit PrometheusBridge(std::weak_ptr<const prometheus::Collectable> collectable,
                            PrometheusBridgeOptions options = {}) noexcept;
  PrometheusBridge(const PrometheusBridge&) = delete;
  PrometheusBridge& operator=(const PrometheusBridge&) = delete;
  ~PrometheusBridge();

  /// Publishes now, on this thread. False when there was nothing to publish: the collectable is
  /// gone, or it threw.
  bool publish() noexcept;

  /// Publishes now on this thread, and then after each interval on one thread of the bridge's own,
  /// which blocks all signals. False when that runs already, the interval is not positive, or there
  /// is no thread to be had.
  bool start(std::chrono::milliseconds interval) noexcept;

  /// Ends the thread, waits for it, and publishes once more. Does nothing when there is none.
  void stop() noexcept;

  struct Losses {
    std::uint64_t summaries;           ///< series of a kind that cannot be published
    std::uint64_t values_refused;      ///< values that cannot be published
    std::uint64_t collections_failed;  ///< publications that an exception ended
  };
  Losses losses() const noexcept;

 private:
  class Published;
  struct Worker;

  void enter_child_if_forked() noexcept;
  bool publish_locked() noexcept;
  bool collect_and_add();
  void run(Worker& worker, const std::stop_token& stopped,
           std::chrono::milliseconds interval) noexcept;

  const std::weak_ptr<const prometheus::Collectable> collectable_;
  const PrometheusBridgeOptions options_;

  // Guarded by the lock of all publications, which fork() takes too.
  std::uint64_t process_;  ///< which process of a line of forks the rest belongs to
  bool count_from_now_;
  std::unique_ptr<Published> published_;
  std::unique_ptr<Worker> worker_;

  std::atomic<std::uint64_t> summaries_{0};
  std::atomic<std::uint64_t> values_refused_{0};
  std::atomic<std::uint64_t> collections_failed_{0};
};

}  // namespace shmx

#endif  // SHM_EXPORTER_SHIM_PROMETHEUS_BRIDGE_H
