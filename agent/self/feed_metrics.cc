// See feed_metrics.h.
#include "agent/self/feed_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>

#include <string>

namespace shmx::self {

struct FeedMetrics::Registered {
  explicit Registered(prometheus::Registry& registry)
      : calls(prometheus::BuildCounter()
                  .Name("shm_exporter_feed_calls_total")
                  .Help("Calls of the gRPC feed that ended, by method and status code.")
                  .Register(registry)),
        subscribers(prometheus::BuildGauge()
                        .Name("shm_exporter_feed_subscribers")
                        .Help("Subscriptions of the gRPC feed.")
                        .Register(registry)
                        .Add({})),
        sent(prometheus::BuildCounter()
                 .Name("shm_exporter_feed_snapshots_sent_total")
                 .Help("Snapshots that were sent over the gRPC feed.")
                 .Register(registry)
                 .Add({})),
        skipped(prometheus::BuildCounter()
                    .Name("shm_exporter_feed_snapshots_skipped_total")
                    .Help("Snapshots that subscribers of the gRPC feed missed, reading slowly.")
                    .Register(registry)
                    .Add({})) {}

  prometheus::Family<prometheus::Counter>& calls;
  prometheus::Gauge& subscribers;
  prometheus::Counter& sent;
  prometheus::Counter& skipped;
};

FeedMetrics::FeedMetrics(prometheus::Registry& registry)
    : registered_(std::make_unique<Registered>(registry)) {}

FeedMetrics::~FeedMetrics() = default;

void FeedMetrics::count_call(std::string_view method, std::string_view code) {
  registered_->calls.Add({{"method", std::string(method)}, {"code", std::string(code)}})
      .Increment();
}

void FeedMetrics::set_subscribers(std::size_t subscribers) {
  registered_->subscribers.Set(static_cast<double>(subscribers));
}

void FeedMetrics::count_snapshots(std::size_t sent, std::size_t skipped) {
  registered_->sent.Increment(static_cast<double>(sent));
  registered_->skipped.Increment(static_cast<double>(skipped));
}

}  // namespace shmx::self
