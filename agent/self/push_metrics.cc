// See push_metrics.h.
#include "agent/self/push_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

#include <array>
#include <utility>

namespace shmx::self {
namespace {

/// From one small request on the same host to the standard's 30 s for a push with its retries.
const prometheus::Histogram::BucketBoundaries kPushSeconds = {
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};

/// In the order of push::Report::Outcome.
constexpr std::array kOutcomes = {"accepted", "refused", "failed", "skipped"};

using prometheus::Labels;

/// A family that is there already is the same one: each push adds its own series.
prometheus::Counter& counter(prometheus::Registry& registry, const Labels& labels, const char* name,
                             const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add(labels);
}

Labels labels_of(const std::string& tenant) {
  return tenant.empty() ? Labels() : Labels{{"tenant", tenant}};
}

}  // namespace

struct PushMetrics::Registered {
  Registered(prometheus::Registry& registry, Labels labels_in)
      : labels(std::move(labels_in)),
        pushes(prometheus::BuildCounter()
                   .Name("shm_exporter_otlp_pushes_total")
                   .Help("Pushes over OTLP, by outcome: accepted, refused for good, failed within "
                         "their time, or skipped for there was nothing that may be shown.")
                   .Register(registry)),
        requests(counter(registry, labels, "shm_exporter_otlp_requests_total",
                         "Requests that were sent over OTLP, retries included.")),
        retries(counter(registry, labels, "shm_exporter_otlp_retries_total",
                        "Requests that were sent over OTLP again.")),
        points_sent(counter(registry, labels, "shm_exporter_otlp_points_sent_total",
                            "Data points that the OTLP receiver accepted.")),
        points_rejected(counter(registry, labels, "shm_exporter_otlp_points_rejected_total",
                                "Data points that the OTLP receiver rejected from requests that "
                                "it accepted.")),
        sent_bytes(counter(registry, labels, "shm_exporter_otlp_sent_bytes_total",
                           "Size of the requests that were sent over OTLP, compressed.")),
        duration(prometheus::BuildHistogram()
                     .Name("shm_exporter_otlp_push_duration_seconds")
                     .Help("Time that a push over OTLP took, with its retries.")
                     .Register(registry)
                     .Add(labels, kPushSeconds)),
        last_success(prometheus::BuildGauge()
                         .Name("shm_exporter_otlp_last_success_timestamp_seconds")
                         .Help("When a push over OTLP was last accepted, since unix epoch in "
                               "seconds; 0 before the first.")
                         .Register(registry)
                         .Add(labels)) {
    for (const char* outcome : kOutcomes) {
      of(outcome);
    }
  }

  prometheus::Counter& of(const char* outcome) {
    Labels with_outcome = labels;
    with_outcome.emplace("outcome", outcome);
    return pushes.Add(with_outcome);
  }

  const Labels labels;

  prometheus::Family<prometheus::Counter>& pushes;
  prometheus::Counter& requests;
  prometheus::Counter& retries;
  prometheus::Counter& points_sent;
  prometheus::Counter& points_rejected;
  prometheus::Counter& sent_bytes;
  prometheus::Histogram& duration;
  prometheus::Gauge& last_success;
};

PushMetrics::PushMetrics(prometheus::Registry& registry, const std::string& tenant)
    : registered_(std::make_unique<Registered>(registry, labels_of(tenant))) {}

PushMetrics::~PushMetrics() = default;

void PushMetrics::observe(const push::Report& push, double unix_seconds) {
  Registered& metrics = *registered_;
  metrics.of(kOutcomes.at(static_cast<std::size_t>(push.outcome))).Increment();
  metrics.requests.Increment(static_cast<double>(push.requests));
  metrics.retries.Increment(static_cast<double>(push.retries));
  metrics.points_sent.Increment(static_cast<double>(push.points_accepted));
  metrics.points_rejected.Increment(static_cast<double>(push.points_rejected));
  metrics.sent_bytes.Increment(static_cast<double>(push.sent_bytes));
  metrics.duration.Observe(push.duration_seconds);
  // Who had nothing to send has asked nobody.
  if (push.outcome == push::Report::Outcome::accepted && push.requests > 0) {
    metrics.last_success.Set(unix_seconds);
  }
}

}  // namespace shmx::self
