// Snapshots of the agent's feed → what `shmtool top` shows of each job and method. Pure: times are
// those of the snapshots.
#ifndef SHM_EXPORTER_AGENT_TOOL_TOP_MODEL_H
#define SHM_EXPORTER_AGENT_TOOL_TOP_MODEL_H

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/feed/client.h"
#include "agent/tool/top_latency.h"

namespace shmx::tool::top {

/// The RPCs of one side, over the time between two snapshots. What no series tells is absent.
struct Calls {
  std::optional<double> rate;         ///< ended per second; begun, where ends are not counted
  std::optional<double> error_ratio;  ///< of those that ended: 0 to 1
  std::optional<double> in_flight;    ///< now
  std::optional<Quantile> p50;
  std::optional<Quantile> p99;
};

/// A job, or one method of it. Names are as the processes gave them: not for a terminal.
struct Row {
  std::string job;  ///< with the user, where another user's job has the name: "orders (uid 1001)"
  std::string method;               ///< "shop.Orders/Place"; empty in rows of jobs
  std::optional<double> processes;  ///< of jobs
  Calls server;
  Calls client;
};

struct Overview {
  std::int64_t unix_ns = 0;   ///< when the snapshot was collected
  bool has_rates = false;     ///< a snapshot came before it
  std::uint64_t skipped = 0;  ///< snapshots between the two that were not sent
  std::string version;        ///< the agent's
  double processes = 0;
  double segments = 0;         ///< live ones
  std::optional<double> rate;  ///< RPCs per second on all servers
  std::vector<Row> jobs;       ///< by name
  std::vector<Row> methods;    ///< by job and name
};

/// The metrics that it reads, to be subscribed to.
std::vector<std::string> metrics_read();

/// Takes one snapshot after the other. Not thread-safe.
class Model {
 public:
  /// Rates are since the snapshot before. A counter that began anew since, or that was not there,
  /// counts from zero. A snapshot that is not later than the one before gives no rates.
  Overview update(feed::Snapshot snapshot);

 private:
  struct BySeries {
    bool operator()(const feed::Sample* a, const feed::Sample* b) const;
  };

  const feed::Sample* earlier(const feed::Sample& sample) const;

  feed::Snapshot before_;
  std::set<const feed::Sample*, BySeries> series_;  ///< of before_
};

}  // namespace shmx::tool::top

#endif  // SHM_EXPORTER_AGENT_TOOL_TOP_MODEL_H
