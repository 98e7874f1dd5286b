// The collector's inside; for its own sources only.
#ifndef SHM_EXPORTER_AGENT_MAIN_COLLECTOR_COLLECTOR_IMPL_H
#define SHM_EXPORTER_AGENT_MAIN_COLLECTOR_COLLECTOR_IMPL_H

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "agent/aggregate/aggregator.h"
#include "agent/identity/authorities.h"
#include "agent/identity/service_identity.h"
#include "agent/main/collector/collector.h"
#include "agent/main/collector/tenants.h"
#include "agent/read/segment.h"
#include "agent/scan/scanner.h"

namespace shmx {

class Collector::Impl {
 public:
  explicit Impl(CollectorConfig config);

  int inotify_fd() const noexcept { return scanner_.inotify_fd(); }
  void on_inotify(Time now);
  void rescan(Time now);
  void use_policy(const std::vector<identity::Tenant>& tenants, Time now);
  Result<std::shared_ptr<const model::Snapshot>> collect(Time now);
  void measure(std::set<std::string> jobs) { config_.measured_jobs = std::move(jobs); }
  const std::set<std::string>& measured_jobs() const noexcept { return config_.measured_jobs; }
  bool ready() const noexcept {
    return settled_ && !aggregator_.is_loading() && scanner_.complete() && unread_.empty();
  }
  aggregate::Statistics statistics() const;
  status::Census census() const;
  Result<bool> use_service_identities(std::map<std::string, identity::ServiceIdentity> by_job,
                                      const std::string& authorities_pem, Time now);

 private:
  using Losses = std::array<std::uint64_t, layout::kLossCount>;

  /// What a process presents to its clients, as it was judged last.
  struct Presented {
    std::shared_ptr<const std::string> certificates;
    std::optional<identity::IdentityMismatch> mismatch;
    std::int64_t again_unix_s = 0;  ///< when time may have changed that
  };

  /// An admitted segment that has been read at least once.
  struct Live {
    const scan::File* file;
    read::Segment content;
    Losses losses{};
    Presented presented{};
  };
  using LiveSegments = std::map<scan::FileId, Live>;
  using LiveSegment = LiveSegments::value_type;

  /// A segment whose last values are in the totals, and are to be durable before its file goes.
  struct Burial {
    scan::FileId id;
    state::SegmentIdentity identity;
    bool quarantined;  ///< its file stays until its process ends
    SegmentClaims claims{};
  };
  struct Quarantined {
    std::string reason;  ///< empty: not known any more
    std::string detail;
    SegmentClaims claims{};
  };
  using Inode = std::pair<std::uint64_t, std::uint64_t>;  // device, inode

  void advance(Time now);
  bool open_state();
  void settle(Time now);
  void end_loading(Time now);
  void forget_absent();
  bool find_inodes(std::set<Inode>& found) const;
  bool meet_folded(scan::FileId id, const read::Segment& segment);
  bool meet_lost(scan::FileId id, const read::Segment& segment);
  void bury_later(const Burial& burial);
  void commit();
  void finish(const Burial& burial);
  void keep_or_forget(scan::FileId id, const state::SegmentIdentity& identity);
  void forget_gone();
  static state::SegmentIdentity identity_of(const scan::File& file, const read::Segment& segment);

  void take_news(Time now);
  void open(scan::FileId id, Time now);
  void meet_failure(scan::FileId id, const ReadError& error);
  bool take_additions(scan::FileId id, Live& live);
  void take_news_of(std::span<LiveSegment* const> segments);
  void bury_dead(Time now);
  void bury_if_dead(scan::FileId id, Time now);
  void bury(scan::FileId id, Live& live, Time now);
  void read_all();
  void quarantine(scan::FileId id, const std::string& reason, const std::string& detail, Time now);
  void quarantine_violators(Time now);
  void retire(scan::FileId id, std::optional<double> ended_at, Time now);
  void note_losses(Live& live);

  // collector_claims.cc
  scan::ScannerConfig scanner_config();
  void tell_of_reduced(const std::vector<std::uint64_t>& shares) const;
  void declare_claims();
  bool meet_claim(scan::FileId id, const read::Segment& segment);
  void note_refused_claim(const scan::File& file, const SegmentClaims& claims);
  void remove_if_unclaimed(scan::FileId id);
  void withdraw_claims(Time now);
  std::string path_of(const scan::File& file) const;
  void tell(SegmentEvent::What what, const scan::File& file, const SegmentClaims& claims,
            std::string reason = {}, std::string digest = {}, std::string detail = {}) const;
  std::string final_digest(scan::FileId id) const;

  // collector_identity.cc
  bool expects_identity(const Live& live) const;
  void judge_soon(scan::FileId id, const Live& live);
  void judge_waiting(Time now);
  void judge_what_time_changed(Time now);
  void judge_last(scan::FileId id, Live& live, Time now);
  void judge(Live& live, Time now);
  void tell_mismatch(const Live& live);
  void report_identities(aggregate::Statistics& statistics) const;

  // collector_census.cc
  status::Process process_of(const scan::File& file, const SegmentClaims& claims,
                             status::Process::State state) const;
  status::Problem problem_of(const scan::File& file, status::Problem::State state,
                             std::string reason, std::string detail,
                             const SegmentClaims& claims) const;
  void add_problems(status::Census& census) const;

  void warn(const std::string& line) const;
  void set_time(Time now);

  CollectorConfig config_;
  Tenants tenants_;
  scan::Scanner scanner_;
  aggregate::Aggregator aggregator_;
  LiveSegments live_;              ///< in the order of admission
  std::set<scan::FileId> unread_;  ///< admitted, but the agent could not map or read them yet
  std::map<scan::FileId, Quarantined> quarantined_;
  std::map<scan::FileId, std::string> unclaimed_;  ///< ignored, for the job that they claim
  std::vector<std::pair<scan::FileId, ReadError>> violations_;  ///< of the epoch under way
  state::LossCounts retired_losses_{};                          ///< less those of before a baseline
  aggregate::CountsByReason quarantined_total_;
  std::map<std::string, std::uint64_t> claims_refused_;         ///< by tenant
  std::map<std::string, std::set<std::string>> claims_warned_;  ///< jobs by tenant
  aggregate::CountsByReason series_refused_;
  std::uint64_t fold_failures_ = 0;
  std::uint64_t read_failures_ = 0;

  std::map<std::string, identity::ServiceIdentity> expected_identities_;  ///< by job
  std::optional<identity::Authorities> service_authorities_;
  std::set<scan::FileId> to_judge_;        ///< whose certificates are new
  std::set<std::string> told_mismatches_;  ///< in the log

  // The way of a dead segment: live_ -> burials_ -> (commit, unlink) -> gone_ -> (a scan) ->
  // forgotten_ -> (commit). What cannot be unlinked waits in kept_ until it is gone.
  std::vector<Burial> burials_;
  std::map<scan::FileId, state::SegmentIdentity> kept_;
  std::vector<state::SegmentIdentity> gone_;
  std::vector<state::SegmentIdentity> forgotten_;
  std::map<Inode, state::SegmentIdentity> folded_before_;  ///< by an agent before this one
  std::set<Inode> absent_once_;  ///< of them, not found by the listing before

  bool state_open_ = false;
  bool state_lost_ = false;
  bool rescan_due_ = false;  ///< the last one had no state to go on with
  bool settled_ = false;     ///< every live segment of the start has been read or refused
  bool baseline_stored_ = false;
  bool commit_failing_ = false;
  std::string state_problem_;
  std::uint64_t commits_ = 0;
  std::uint64_t commit_failures_ = 0;
  aggregate::CountsByReason states_lost_;
};

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_COLLECTOR_COLLECTOR_IMPL_H
