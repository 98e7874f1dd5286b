// The metrics of the gRPC feed, which are there only where it is on.
#ifndef SHM_EXPORTER_AGENT_SELF_FEED_METRICS_H
#define SHM_EXPORTER_AGENT_SELF_FEED_METRICS_H

#include <prometheus/registry.h>

#include <cstddef>
#include <memory>
#include <string_view>

namespace shmx::self {

/// Thread-safe.
class FeedMetrics {
 public:
  /// `registry` outlives this.
  explicit FeedMetrics(prometheus::Registry& registry);
  ~FeedMetrics();
  FeedMetrics(const FeedMetrics&) = delete;
  FeedMetrics& operator=(const FeedMetrics&) = delete;

  /// A call ended. Both are of few, never what a client sent: each pair is a series for ever.
  void count_call(std::string_view method, std::string_view code);

  /// How many subscriptions there are now.
  void set_subscribers(std::size_t subscribers);

  /// Subscribers got so many more snapshots, and missed so many, for they read too slowly.
  void count_snapshots(std::size_t sent, std::size_t skipped);

 private:
  struct Registered;
  std::unique_ptr<Registered> registered_;
};

}  // namespace shmx::self

#endif  // SHM_EXPORTER_AGENT_SELF_FEED_METRICS_H
