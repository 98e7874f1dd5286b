// What is kept per job: its families and their series, and what a family is for good once its first
// process has declared it. Data and the rules of who may join; the numbers are in totals.h.
#ifndef SHM_EXPORTER_AGENT_AGGREGATE_FAMILY_H
#define SHM_EXPORTER_AGENT_AGGREGATE_FAMILY_H

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/aggregate/exemplars.h"
#include "agent/aggregate/totals.h"
#include "agent/model/buckets.h"
#include "agent/model/model.h"
#include "agent/model/retired.h"

namespace shmx::aggregate {

using model::Buckets;

struct SeriesState {
  std::shared_ptr<const model::Series> shown;
  Slot first_slot = 0;                ///< a gauge's is a gauge slot
  std::uint32_t live = 0;             ///< how many series of live segments add to it
  bool overflow = false;              ///< hidden while it is 0
  bool own = false;                   ///< of one process: its labels have its pid
  bool counted = true;                ///< one of its tenant's series: all but overflow ones
  std::size_t bytes = 0;              ///< charged to its job's owner
  model::RetiredId id = 0;            ///< 0: not stored yet
  model::BootTime unowned_since = 0;  ///< while live is 0
  std::int64_t created_unix_ns = 0;   ///< when it was 0, as far as is known; 0: unknown
  Exemplars exemplars;
};

struct Job;

struct FamilyState {
  model::RetiredId id = 0;
  Job* job = nullptr;
  std::string name;
  FamilyKind kind = FamilyKind::counter;
  GaugeMode mode = GaugeMode::none;
  std::uint64_t ticks_per_unit = 1;
  std::string help;
  std::string unit;
  std::uint64_t help_order = 0;  ///< of the segment that help and unit come from
  std::size_t bytes = 0;         ///< charged to its job's owner, without its series
  bool collapsed = false;  ///< its buckets would be more than its owner may take: it has +Inf's
  bool recounted = false;  ///< mapped to buckets that were counted in other cells: to be restarted
  Buckets buckets;         ///< of the totals: what all live processes have in common
  std::map<Buckets, std::uint32_t> live_buckets;  ///< what live segments declare, and how many do
  std::map<std::string, SeriesState> series;      ///< by series_key()

  std::uint32_t slots_per_series() const noexcept {
    return kind == FamilyKind::histogram ? buckets.slots() : 1;
  }
};

/// The processes of one service and one user of a tenant. Tenants share nothing, and users are
/// never summed: the one that has a job's name first has it bare, the series of the others have
/// their uid.
struct Job {
  model::RetiredId id = 0;
  std::string tenant;  ///< empty: none are defined
  std::string name;
  std::uint32_t owner = 0;
  bool bare = true;
  bool per_process = false;
  bool overflowed = false;  ///< some series have no place of their own: all others are stored
  bool switched = false;    ///< its processes were shown otherwise by the agent before
  std::map<std::string, FamilyState> families;  ///< by name
  std::uint64_t series = 0;                     ///< of all families, the unowned ones included
  std::uint64_t unowned = 0;                    ///< of them those that no live process adds to
  std::uint64_t processes = 0;                  ///< live ones
  std::uint64_t redirected = 0;                 ///< counts of theirs that overflow series take in
  std::int64_t folded = 0;                      ///< processes in the totals, less a baseline's
  std::int64_t ended = 0;
  std::uint64_t newest_start_unix_ns = 0;
  std::optional<double> last_exit;  ///< seconds since 1970
  model::BootTime left_at = 0;      ///< while processes is 0
  /// Of the job for all others: the names that its live processes claim, and how many claim each.
  std::map<std::string, std::uint64_t> others;

  /// How many processes have been seen, so that it goes on over the agent's restarts.
  std::int64_t started() const noexcept { return folded + static_cast<std::int64_t>(processes); }
};
struct JobKey {
  std::string tenant;
  std::string name;
  std::uint32_t owner = 0;
  // clang-tidy 14 takes the 0 in a defaulted <=> for a pointer.
  friend auto operator<=>(const JobKey&,
                          const JobKey&) = default;  // NOLINT(modernize-use-nullptr)
};
using Jobs = std::map<JobKey, Job>;  ///< a tenant's are neighbours

/// Why a segment's family cannot join its job's: the reason label of the agent's counter.
enum class Conflict {
  type,
  mode,
  resolution,
  collision,  ///< its samples would have the names of another family's
  limit,      ///< the job has kMaxFamiliesPerJob already
};
inline constexpr Conflict kAllConflicts[] = {Conflict::type, Conflict::mode, Conflict::resolution,
                                             Conflict::collision, Conflict::limit};

/// A family's state is small but for its texts (1.3 KB at most): 5 MB for one job that goes wild.
inline constexpr std::size_t kMaxFamiliesPerJob = 4096;

std::string_view to_string(Conflict reason) noexcept;

/// Whether the family may be the job's family of that name, which may not exist yet.
std::optional<Conflict> conflict(const Job& job, const FamilyDescriptor& family);

/// The names under which a histogram's samples appear, beside its own.
inline constexpr std::string_view kHistogramSuffixes[] = {"_bucket", "_sum", "_count"};

/// As the log names it.
std::string description_of(const Job& job);

/// Equal for what Prometheus takes for the same series: a label with an empty value is no label.
std::string series_key(const Labels& labels, std::string_view pid);

/// The labels as exposed: with job, with tenant if tenants are defined, with uid if the name is
/// another user's, with pid if there is one, in ascending order.
Labels exposed_labels(Labels labels, const Job& job, const std::string& pid);

}  // namespace shmx::aggregate

#endif  // SHM_EXPORTER_AGENT_AGGREGATE_FAMILY_H
