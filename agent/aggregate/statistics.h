// What the collector knows about its own work, as plain numbers: agent/self turns them into
// metrics. Nothing here is rendered or computed. Names ending in _total only ever rise.
#ifndef SHM_EXPORTER_AGENT_AGGREGATE_STATISTICS_H
#define SHM_EXPORTER_AGENT_AGGREGATE_STATISTICS_H

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "agent/model/model.h"

namespace shmx::aggregate {

/// How often something happened, by reason. Every reason that can occur is present from the start.
using CountsByReason = std::map<std::string, std::uint64_t>;

/// One watched directory.
struct DirectoryStatistics {
  std::string path;
  bool present = false;  ///< it exists, and is watched
  std::uint64_t size_bytes = 0;
  std::uint64_t free_bytes = 0;
  std::uint64_t inodes = 0;
  std::uint64_t free_inodes = 0;
};

/// Live processes of a job that do not present what the policy expects of it.
struct IdentityMismatches {
  std::string tenant;  ///< empty: none are defined
  std::string job;
  std::string reason;
  std::uint64_t processes = 0;
};

/// A live process, by what one of its segments says.
struct JobProcess {
  std::string pid;
  std::int64_t segment_created_unix_ns = 0;  ///< not in the future
  // clang-tidy 14 takes the 0 in a defaulted <=> for a pointer.
  friend auto operator<=>(const JobProcess&,
                          const JobProcess&) = default;  // NOLINT(modernize-use-nullptr)
};

/// A job whose processes are to be measured.
struct MeasuredJob {
  std::string tenant;  ///< empty: none are defined
  Labels labels;       ///< of the job on a page, in ascending order
  std::uint32_t owner = 0;
  bool per_process = false;
  std::vector<JobProcess> processes{};  ///< one for each of their segments, ascending
};

struct Statistics {
  // Segments that are in the directories now, by state.
  std::uint64_t segments_live = 0;         ///< read at every scrape
  std::uint64_t segments_unread = 0;       ///< not read yet, by a failure of the agent's own
  std::uint64_t segments_refused = 0;      ///< files that are no admissible segments
  std::uint64_t segments_quarantined = 0;  ///< admitted once, violated a rule later, ignored

  std::uint64_t segments_degraded = 0;        ///< live ones whose shim has lost something
  CountsByReason segments_refused_total;      ///< files, once per file
  CountsByReason segments_quarantined_total;  ///< by what they violated
  CountsByReason families_refused_total;      ///< once per segment and family
  CountsByReason series_refused_total;        ///< once per segment and series

  std::uint64_t folds_total = 0;  ///< dead segments' values that entered the totals
  /// Dead segments that could not be read once more, and transactions that failed.
  std::uint64_t fold_failures_total = 0;
  std::uint64_t folds_waiting = 0;             ///< in the totals, not in the state yet
  CountsByReason states_lost_total;            ///< states that could not be gone on with
  std::uint64_t state_commits_total = 0;       ///< transactions
  std::uint64_t state_bytes = 0;               ///< of the state's files
  std::uint64_t unlink_failures_total = 0;     ///< folded segments whose file could not be removed
  std::uint64_t newborns_removed_total = 0;    ///< unlocked dot files that nobody finished
  std::uint64_t own_failures_total = 0;        ///< out of descriptors or memory: answered 503
  std::uint64_t families_restarted_total = 0;  ///< histograms that restarted with new buckets
  std::uint64_t series_overflowed_total = 0;   ///< declared beyond their job's limit
  std::uint64_t series_evicted_total = 0;      ///< left for others, nobody adding to them any more

  std::uint64_t jobs = 0;
  std::uint64_t jobs_apart_total = 0;  ///< names that another user has too
  std::uint64_t series = 0;            ///< kept, hidden overflow series included

  // By tenant, every one that is defined; empty: none are.
  std::map<std::string, std::uint64_t> claims_refused_total;  ///< files, once per file
  std::map<std::string, std::uint64_t> tenant_segments;       ///< held open for live processes
  std::map<std::string, std::uint64_t> tenant_series;         ///< kept, but overflow series

  /// What the shims lost, by layout::Loss, live and dead processes together.
  std::array<std::uint64_t, layout::kLossCount> losses_total{};

  /// Each job and reason once, those without such processes not at all.
  std::vector<IdentityMismatches> identity_mismatches;

  std::vector<DirectoryStatistics> directories;

  std::vector<MeasuredJob> measured_jobs;  ///< those that are shown
};

}  // namespace shmx::aggregate

#endif  // SHM_EXPORTER_AGENT_AGGREGATE_STATISTICS_H
