// The collector: scan, read and aggregate wired together, for main. It owns every admitted segment
// and the order of things at a process's death; it renders nothing and serves nothing. Everything
// runs on the one thread that calls it (the collector's), without locks; the clock is passed in.
//
//   Collector collector(config);
//   collector.rescan(now);                       // first: /metrics is 503 until it has succeeded
//   ... watch collector.inotify_fd(), and call on_inotify(now) when it is readable
//   ... call rescan(now) now and then: for what inotify cannot report (a lost queue, a directory
//   that
//       came back, abandoned newborns)
//   auto page = collector.collect(now);          // per scrape: a snapshot, or why there is none
#ifndef SHM_EXPORTER_AGENT_MAIN_COLLECTOR_COLLECTOR_H
#define SHM_EXPORTER_AGENT_MAIN_COLLECTOR_COLLECTOR_H

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/aggregate/aggregator.h"
#include "agent/aggregate/statistics.h"
#include "agent/identity/policy.h"
#include "agent/main/collector/segment_event.h"
#include "agent/model/model.h"
#include "agent/scan/budget.h"
#include "agent/state/store.h"
#include "agent/status/census.h"
#include "shm/layout.h"
#include "shm/result.h"

namespace shmx {

struct CollectorConfig {
  std::vector<std::string> directories;    ///< where segments are looked for; see tenants
  std::set<std::string> per_process_jobs;  ///< jobs whose series carry a label pid instead of a sum
  std::set<std::string> measured_jobs;     ///< see Collector::measure()
  std::uint64_t max_segment_bytes = layout::kMaxSegmentBytes;
  aggregate::Limits limits;
  scan::BudgetLimits budget;  ///< how many live segments are held open
  /// Where the totals of dead processes outlive this one. Null: they do not.
  std::unique_ptr<state::Store> store;
  /// Called with one sentence about something an operator should know (a refused file, a conflict,
  /// a lost directory), once per occasion. Must not throw. May be empty.
  std::function<void(const std::string&)> warn;
  /// Each has its own directory, and then `directories` are those of the tenant `default`. None:
  /// there are only `directories`, and who their users are is all that keeps series apart.
  std::vector<identity::Tenant> tenants{};
  /// Told what becomes of each segment, before that is durable: an agent that is killed in between
  /// may tell it again. A refused file is told of once, unless the agent cannot remember so many.
  /// Must not throw, or block. May be empty.
  std::function<void(const SegmentEvent&)> on_segment{};
  /// What the processes of these jobs are to present, see use_service_identities().
  std::map<std::string, identity::ServiceIdentity> service_identities;
  std::string service_authorities_pem;
};

class Collector {
 public:
  struct Time {
    std::chrono::system_clock::time_point wall;  ///< shown as the jobs' exit times
    std::chrono::nanoseconds boot{};             ///< CLOCK_BOOTTIME: what is over when
  };

  explicit Collector(CollectorConfig config);
  ~Collector();
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  /// Readable when something happened in a directory. -1 when the kernel gave no inotify instance:
  /// rescans alone then find everything. The same for the collector's whole life.
  int inotify_fd() const noexcept;

  /// Takes what inotify has to say: new segments are read, dead ones folded. Never blocks.
  void on_inotify(Time now);

  /// Lists the directories: finds what inotify missed, watches directories that came back, removes
  /// abandoned newborns.
  void rescan(Time now);

  /// Reads every segment and gives one consistent epoch; never blocks on a writer. An error (503):
  /// before the first complete scan, and while a segment or the state could not be read because of
  /// a failure of the agent's own. The caller may keep the snapshot as long as it likes.
  Result<std::shared_ptr<const model::Snapshot>> collect(Time now);

  /// From now on these are the jobs that the tenants may claim; of what else a policy says of
  /// tenants nothing changes before the next start. Segments that were refused and may be had are
  /// read now; those that were read and may not be had any more are ignored, what they have counted
  /// is kept.
  void use_policy(const std::vector<identity::Tenant>& tenants, Time now);
  /// Which certificates the live processes of these jobs are to present from now on, and whom they
  /// are to be vouched for by (PEM; empty: their chains are not verified). What does not fit is in
  /// the statistics, and told by `warn` and `on_segment`. An error: the authorities are no PEM;
  /// what was expected before stays in force.
  Result<bool> use_service_identities(std::map<std::string, identity::ServiceIdentity> by_job,
                                      const std::string& authorities_pem, Time now);

  /// From now on these jobs' processes are in the statistics.
  void measure(std::set<std::string> jobs);
  const std::set<std::string>& measured_jobs() const noexcept;

  /// Whether the first complete scan is done (/-/ready).
  bool ready() const noexcept;

  aggregate::Statistics statistics() const;

  /// The processes and files behind what was collected last.
  status::Census census() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_COLLECTOR_COLLECTOR_H
