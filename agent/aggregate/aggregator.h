// Sums what belongs together: the processes of a job, live and gone. Takes what segments declare
// and how far they have counted, as plain values; gives one consistent epoch as a Snapshot. Reads
// no file, clock or lock: when a process is dead its caller says.
//
// Per segment, once:        add_process, extend (again whenever its directory has grown)
// Per epoch:                begin_epoch, add_cells for every live segment, snapshot
// At a process's end, once: fold, then apply: its last values go from the live into the retired
//                           totals.
// What must outlive the agent: changes, saved (and load, settle at a start). The totals here may be
//                           ahead of what is stored: a process that is folded here and not there
//                           still has its segment, which the next agent folds.
#ifndef SHM_EXPORTER_AGENT_AGGREGATE_AGGREGATOR_H
#define SHM_EXPORTER_AGENT_AGGREGATE_AGGREGATOR_H

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/aggregate/family.h"
#include "agent/aggregate/page.h"
#include "agent/aggregate/plan.h"
#include "agent/aggregate/statistics.h"
#include "agent/aggregate/totals.h"
#include "agent/model/model.h"
#include "agent/model/retired.h"

namespace shmx::aggregate {

/// The caller's number for a segment; ascending in the order of admission, never used twice.
using SegmentId = std::uint64_t;

struct Process {
  std::string job;
  std::uint32_t owner = 0;  ///< uid, as the kernel says
  std::uint32_t pid = 0;
  std::uint64_t start_time_unix_ns = 0;
  std::string tenant{};  ///< one of AggregatorConfig::tenants; empty if there are none
};

struct FinalValue {
  Slot slot;
  model::Ticks ticks;
};

/// What a process leaves behind: how much it adds to which retired total.
struct Fold {
  SegmentId segment = 0;
  std::vector<FinalValue> values;
};

/// One of a segment's series at its end, as it was declared and counted.
struct FinalSeries {
  std::string family;
  std::string labels;  ///< as on a page
  std::vector<std::uint64_t> cells;
};

/// How long what no process adds to any more is shown, and how much of it.
struct Limits {
  /// A job without a live process leaves after this: a day, so that nightly jobs stay.
  std::chrono::nanoseconds retention = std::chrono::hours(24);
  /// A process's own series leave after this: long enough for the last scrape to see them.
  std::chrono::nanoseconds linger = std::chrono::minutes(5);
  /// Series of one job; what is new beyond goes to its family's overflow series. A series is about
  /// 1 KB of the agent's memory and 200 bytes of each page.
  std::size_t series_per_job = 50'000;
  /// Series of one job that no live process adds to; beyond, the longest unowned ones leave.
  std::size_t unowned_per_job = 20'000;
  /// Jobs of one user of a tenant; further ones are summed in one, kOverflowJob: names are the
  /// writers' to choose.
  std::size_t jobs_per_owner = 1'000;
  /// What one user's jobs may take, in bytes of a page as text, or of memory where that is more:
  /// labels and buckets are the writers' to choose, too. New series beyond go to overflow series,
  /// new families are left out. The same for all users together; of that each tenant has an equal
  /// share, so that what one takes is never another's.
  std::size_t bytes_per_owner = std::size_t{64} << 20;
  std::size_t bytes = std::size_t{256} << 20;
};
inline constexpr std::string_view kOverflowJob = "shm_exporter_overflow";

struct TenantLimits {
  /// Series of all its jobs; new ones beyond go to overflow series, which are not counted here.
  std::size_t series = SIZE_MAX;
};

struct JobSeries {
  std::string tenant;  ///< empty: none are defined
  std::string job;
  std::string uid;  ///< as the label of its series; empty: they have none
  std::uint64_t series = 0;
};

struct AggregatorConfig {
  std::set<std::string> per_process_jobs;
  Limits limits;
  std::function<void(const std::string&)> warn;  ///< may be empty
  /// By name; none: there are no tenants, and no label tenant.
  std::map<std::string, TenantLimits> tenants{};
};

class Aggregator {
 public:
  explicit Aggregator(AggregatorConfig config);

  /// The time of all that follows, in ns since 1970: when what begins or begins anew was 0.
  void set_time(std::int64_t unix_ns) noexcept { now_unix_ns_ = unix_ns; }

  void add_process(SegmentId id, const Process& process);

  /// `families`: all that the segment has declared so far, by ordinal. `series`: the new ones.
  /// Families that conflict with what the job has already are left out and counted.
  void extend(SegmentId id, std::span<const FamilyDescriptor> families,
              std::span<const SeriesDescriptor> series);

  void begin_epoch() { totals_.begin_epoch(); }

  /// `cells` must stay valid until the segment's next add_cells() or its fold.
  void add_cells(SegmentId id, std::span<const std::uint64_t> cells);

  /// The exemplars of the segment's last read. The latest of each bucket stays for as long as its
  /// series has these buckets: a process that is gone is what one may want to look into.
  void add_exemplars(SegmentId id, std::span<const ExemplarReading> exemplars);

  /// What the segment leaves behind if these are its last values. Changes nothing.
  Fold fold(SegmentId id, std::span<const std::uint64_t> cells) const;

  /// The series that the segment's fold() is of, ordered by family, labels and cells.
  std::vector<FinalSeries> final_series(SegmentId id, std::span<const std::uint64_t> cells) const;

  /// Retires the segment with these values. `ended_at` (seconds since 1970): when its process was
  /// found to be gone; absent when it is only not read any more.
  void apply(const Fold& fold, std::optional<double> ended_at, model::BootTime now);

  /// Goes on where the agent before stopped; what is of no tenant of now leaves, whole. Once,
  /// before any process; ids up to `last_id` are used. settle() must follow, when every present
  /// segment has been added, with its cells.
  void load(const model::Retired& retired, model::RetiredId last_id);
  void settle(model::BootTime now);

  /// Between load() and settle(): whose totals are whose is still to be seen, so nothing restarts,
  /// leaves or moves.
  bool is_loading() const noexcept { return loading_; }

  /// Every series restarts at 0: what the epoch under way has counted so far is not shown. For a
  /// state that is lost, when every present segment has been added, with its cells.
  void baseline();

  /// Jobs and series whose time is over leave.
  void expire(model::BootTime now);

  /// What has changed since the last saved(). New series get their ids here.
  model::RetiredChanges changes();
  void saved();

  /// This epoch's page. Valid as long as the caller likes.
  std::shared_ptr<const model::Snapshot> snapshot();

  /// Those of the jobs that have one of these names, with their live processes.
  std::vector<MeasuredJob> jobs_named(const std::set<std::string>& names) const;

  /// Families that were refused elsewhere: makes the reason visible with 0, counts one.
  void declare_refusal(const std::string& reason) { families_refused_.try_emplace(reason, 0); }
  std::uint64_t count_refusal(const std::string& reason) { return ++families_refused_[reason]; }

  /// Fills in what is known here.
  void report(Statistics& statistics) const;

  /// How many series each job has, those that no process adds to included.
  std::vector<JobSeries> job_series() const;

  /// How many series a segment that was added and not retired adds to.
  std::size_t series_of(SegmentId id) const { return segments_.at(id).bindings.size(); }

 private:
  /// One of a segment's families. Null: left out.
  struct FamilyRef {
    bool resolved = false;
    FamilyState* family = nullptr;
    const Buckets* buckets = nullptr;  ///< as declared; a key of family->live_buckets
    bool admits_negative = false;
  };
  using SeriesPlace = std::map<std::string, SeriesState>::iterator;
  struct Binding {
    std::uint32_t first_cell;
    std::uint32_t ref;  ///< index in refs
    SeriesPlace series;
    bool redirected;  ///< a count for whose own series there was no room: one of Job::redirected
  };
  struct SegmentState {
    Job* job = nullptr;
    std::string claimed;  ///< its job's name, if it is in the job for all others instead
    std::string pid;
    std::int64_t started_unix_ns = 0;  ///< as it says, but not in the future
    std::vector<FamilyRef> refs;
    std::vector<Binding> bindings;  ///< in the order of cells
    Plan plan;
    std::span<const std::uint64_t> shown;  ///< the cells of the last epoch
    std::size_t shown_bindings = 0;        ///< how many bindings there were then
  };

  using Families = absl::flat_hash_set<const FamilyState*>;
  /// What a segment's new histograms of each name have in common; names are its descriptors'.
  using BucketsByName = std::map<std::string_view, Buckets>;
  using Owner = std::pair<std::string, std::uint32_t>;  ///< tenant, uid
  /// What one user has.
  struct Owned {
    std::size_t jobs = 0;
    std::size_t bytes = 0;
  };
  struct TenantState {
    std::size_t max_series = SIZE_MAX;
    std::size_t series = 0;  ///< but overflow ones
    std::size_t bytes = 0;   ///< of all its users
  };

  // aggregator.cc: joining.
  Job& job_for(const Process& process);
  FamilyRef resolve(SegmentId id, SegmentState& segment, const FamilyDescriptor& descriptor,
                    const BucketsByName& joining);
  FamilyState& family_for(SegmentId id, Job& job, const FamilyDescriptor& descriptor,
                          const BucketsByName& joining);
  FamilyState& add_family(model::RetiredId id, Job& job, const FamilyDescriptor& descriptor);
  void update_help(SegmentId id, FamilyState& family, const FamilyDescriptor& descriptor);
  void refuse(const SegmentState& segment, const FamilyDescriptor& descriptor, Conflict reason);
  void warn_once(const std::string& line);
  void bind(SegmentState& segment, const FamilyRef& ref, std::uint32_t ref_index,
            const SeriesDescriptor& series);
  bool is_among_others(const Process& process) const;
  SeriesPlace place_for(const SegmentState& segment, FamilyState& family, const Labels& labels,
                        const std::string& pid, bool overflow);
  SeriesPlace add_series(FamilyState& family, const Labels& labels, const std::string& pid,
                         bool overflow);
  bool must_overflow(const FamilyState& family) const;
  void note_overflow(Job& job);
  void own(Job& job, SeriesState& series);
  Plan plan_of(const SegmentState& segment) const;
  /// Of its first bindings; of some families only.
  Plan plan_of(const SegmentState& segment, std::size_t bindings, const Families* only) const;

  // aggregator_fold.cc: leaving.
  void unbind(SegmentState& segment, model::BootTime now);

  // aggregator_buckets.cc: generations of buckets.
  static BucketsByName buckets_joining(const SegmentState& segment,
                                       std::span<const FamilyDescriptor> families,
                                       std::span<const SeriesDescriptor> series);
  void join_buckets(FamilyState& family, const Buckets& buckets);
  void settle_buckets(FamilyState& family);
  void coarsen(FamilyState& family, const Buckets& buckets);
  void restart(FamilyState& family, const Buckets& buckets);
  void follow_moves(const Job& job);
  void subtract_shown(const SegmentState& segment);

  // aggregator_budget.cc: what users may take.
  static Owner owner_of(const Job& job) { return {job.tenant, job.owner}; }
  bool has_room_for_job(const Process& process);
  void take(const Job& job, std::size_t bytes);
  void give_back(const Job& job, std::size_t bytes);
  void charge(const Job& job);
  void charge(FamilyState& family);
  void charge(const FamilyState& family, SeriesState& series);
  void recharge(FamilyState& family);
  void recharge(const FamilyState& family, SeriesState& series);
  void discharge(const Job& job);
  bool is_full(const Job& job) const;

  // aggregator_retired.cc: what outlives the agent, and what leaves.
  bool is_defined(const std::string& tenant) const;
  Job& load_job(const model::RetiredJob& stored);
  void drop_undefined(const model::Retired& retired);
  void load_series(FamilyState& family, const model::RetiredSeries& stored);
  void settle(FamilyState& family, SeriesState& series, model::BootTime now);
  void baseline(Job& job);
  void baseline(const FamilyState& family, SeriesState& series);
  void note_changed(FamilyState& family);
  SeriesPlace erase(FamilyState& family, SeriesPlace series);
  void erase_families(Job& job);
  void evict_unowned(Job& job);
  void leave(const Job& job);
  model::RetiredSeries stored(const FamilyState& family, SeriesState& series);

  AggregatorConfig config_;
  Jobs jobs_;
  /// Who has a tenant's name without uid.
  std::map<std::pair<std::string, std::string>, const Job*> bare_;
  std::map<Owner, Owned> owned_;
  std::map<std::string, TenantState> tenants_;  ///< of no name if none are defined
  std::size_t bytes_per_tenant_;
  absl::flat_hash_map<SegmentId, SegmentState> segments_;
  Totals totals_;
  Page page_;
  bool page_is_stale_ = true;

  // Families that are elsewhere than the plans say; those of them that begin at 0.
  Families moved_;
  Families restarted_;

  std::int64_t now_unix_ns_ = 0;

  // What is not stored yet.
  bool loading_ = false;  ///< see is_loading()
  model::RetiredId last_id_ = 0;
  std::set<Job*> changed_jobs_;
  absl::flat_hash_set<FamilyState*> changed_families_;
  absl::flat_hash_map<SeriesState*, FamilyState*> changed_series_;
  std::vector<model::RetiredId> jobs_removed_;
  std::vector<model::RetiredId> families_removed_;
  std::vector<model::RetiredId> series_removed_;

  // Counted for report().
  CountsByReason families_refused_;
  std::set<std::string> warned_;
  std::uint64_t folds_ = 0;
  std::uint64_t families_restarted_ = 0;
  std::uint64_t series_overflowed_ = 0;
  std::uint64_t series_evicted_ = 0;
  std::uint64_t jobs_apart_ = 0;
};

}  // namespace shmx::aggregate

#endif  // SHM_EXPORTER_AGENT_AGGREGATE_AGGREGATOR_H
