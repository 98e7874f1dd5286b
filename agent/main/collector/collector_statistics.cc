// The numbers about the collector's own work.
#include <sys/statvfs.h>

#include <algorithm>

#include "agent/main/collector/collector_impl.h"

namespace shmx {
namespace {

aggregate::DirectoryStatistics space_of(const scan::DirectoryStatus& status) {
  aggregate::DirectoryStatistics directory;
  directory.path = status.path;
  directory.present = status.present;
  struct statvfs space {};
  if (status.present && ::statvfs(status.path.c_str(), &space) == 0) {
    directory.size_bytes = space.f_blocks * space.f_frsize;
    directory.free_bytes = space.f_bavail * space.f_frsize;
    directory.inodes = space.f_files;
    directory.free_inodes = space.f_favail;
  }
  return directory;
}

}  // namespace

aggregate::Statistics Collector::Impl::statistics() const {
  aggregate::Statistics statistics;
  aggregator_.report(statistics);
  statistics.segments_live = live_.size();
  statistics.segments_unread = unread_.size() + scanner_.pending();
  statistics.segments_refused = scanner_.refused_now() + unclaimed_.size();
  statistics.segments_quarantined = quarantined_.size();
  statistics.segments_refused_total = scanner_.refusals().counts();
  statistics.segments_quarantined_total = quarantined_total_;
  statistics.series_refused_total = series_refused_;
  statistics.fold_failures_total = fold_failures_ + commit_failures_;
  statistics.states_lost_total = states_lost_;
  statistics.state_commits_total = commits_;
  statistics.state_bytes = config_.store ? config_.store->size_bytes() : 0;
  statistics.folds_waiting = burials_.size();
  statistics.unlink_failures_total = scanner_.unlink_failures();
  statistics.newborns_removed_total = scanner_.newborns_removed();
  statistics.own_failures_total = scanner_.own_failures() + read_failures_;
  state::LossCounts losses = retired_losses_;
  for (const auto& [id, live] : live_) {
    for (std::size_t i = 0; i < live.losses.size(); ++i) {
      losses[i] += static_cast<std::int64_t>(live.losses[i]);
    }
    const bool degraded = std::any_of(live.losses.begin(), live.losses.end(),
                                      [](std::uint64_t lost) { return lost != 0; });
    statistics.segments_degraded += degraded ? 1 : 0;
  }
  for (std::size_t i = 0; i < losses.size(); ++i) {
    statistics.losses_total[i] = static_cast<std::uint64_t>(std::max<std::int64_t>(losses[i], 0));
  }
  statistics.claims_refused_total = claims_refused_;
  const std::vector<std::string> tenants = tenants_.names();
  for (std::size_t share = 0; tenants_.defined() && share < tenants.size(); ++share) {
    statistics.tenant_segments[tenants[share]] = scanner_.held(share);
  }
  report_identities(statistics);
  statistics.measured_jobs = aggregator_.jobs_named(config_.measured_jobs);
  for (const scan::DirectoryStatus& status : scanner_.directories()) {
    statistics.directories.push_back(space_of(status));
  }
  return statistics;
}

}  // namespace shmx
