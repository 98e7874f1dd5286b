// The bridge's memory: each series of a prometheus-cpp registry with its cells in the segment and
// the values that it had at the last publication. Knows nothing of threads, locks and forks: its
// caller (prometheus_bridge.cc) lets in one at a time.
#ifndef SHM_EXPORTER_SHIM_PROMETHEUS_BRIDGE_SERIES_H
#define SHM_EXPORTER_SHIM_PROMETHEUS_BRIDGE_SERIES_H

#include <prometheus/metric_family.h>

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "shim/prometheus_bridge.h"
#include "shim/published_series.h"

namespace shmx {

struct Unpublishable {};

struct PublishedSeries {
  prometheus::MetricType type = prometheus::MetricType::Summary;
  std::uint64_t publication = 0;  // the last one that had it; 0: none yet
  std::variant<Unpublishable, PublishedCounter, PublishedGauge, PublishedHistogram> value;
};

// What has been published: each series of the registry with its cells and its last values.
class PrometheusBridge::Published {
 public:
  explicit Published(const PrometheusBridgeOptions& options) : options_(options) {}

  struct Tally {
    std::uint64_t summaries = 0;
    std::uint64_t values_refused = 0;
  };

  /// Adds what has grown since the last call; with `only_remember` nothing is added to counters and
  /// histograms.
  Tally add(const std::vector<prometheus::MetricFamily>& families, bool only_remember);

 private:
  using SeriesOfFamily = std::map<Labels, PublishedSeries>;

  PublishedSeries declare(const prometheus::MetricFamily& family,
                          const prometheus::ClientMetric& metric, const Labels& labels);
  // False when something of the values was refused.
  bool advance(PublishedSeries& series, const prometheus::ClientMetric& metric);
  void forget_removed();
  GaugeMode gauge_mode(const std::string& family) const;
  std::uint64_t ticks_per_unit(const std::string& family) const;

  const PrometheusBridgeOptions& options_;
  std::map<std::string, SeriesOfFamily> families_;
  std::uint64_t publication_ = 0;
  bool only_remember_ = false;
  Tally tally_;
};

}  // namespace shmx

#endif  // SHM_EXPORTER_SHIM_PROMETHEUS_BRIDGE_SERIES_H
