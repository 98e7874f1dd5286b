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

#include "agent/aggregate/bounds.h"
#include "agent/aggregate/totals.h"
#include "agent/model/model.h"

namespace shmx::aggregate {

struct SeriesState {
  std::shared_ptr<const model::Series> shown;
  Slot first_slot = 0;     ///< a gauge's is a gauge slot
  std::uint32_t live = 0;  ///< how many series of live segments add to it
  bool overflow = false;   ///< hidden while it is 0
};

struct FamilyState {
  FamilyKind kind = FamilyKind::counter;
  GaugeMode mode = GaugeMode::none;
  std::uint64_t ticks_per_unit = 1;
  std::string help;
  std::string unit;
  std::uint64_t help_order = 0;  ///< of the segment that help and unit come from
  Bounds bounds;                 ///< of the totals: what all live processes have in common
  std::map<Bounds, std::uint32_t> live_bounds;  ///< what live segments declare, and how many do
  std::map<std::string, SeriesState> series;    ///< by series_key()

  std::uint32_t slots_per_series() const noexcept {
    return kind == FamilyKind::histogram ? static_cast<std::uint32_t>(bounds.size()) + 2 : 1;
  }
};

struct Job {
  bool per_process = false;
  std::map<std::string, FamilyState> families;  ///< by name
  std::uint64_t processes = 0;
  std::uint64_t started = 0;
  std::uint64_t ended = 0;
  std::uint64_t newest_start_unix_ns = 0;
  std::optional<double> last_exit;  ///< seconds since 1970
};
using Jobs = std::map<std::string, Job>;

/// Why a segment's family cannot join its job's: the reason label of the agent's counter.
enum class Conflict {
  type,
  mode,
  resolution,
  collision,  ///< its samples would have the names of another family's
};
inline constexpr Conflict kAllConflicts[] = {Conflict::type, Conflict::mode, Conflict::resolution,
                                             Conflict::collision};
std::string_view to_string(Conflict reason) noexcept;

/// Whether the family may be the job's family of that name, which may not exist yet.
std::optional<Conflict> conflict(const Job& job, const FamilyDescriptor& family);

/// The names under which a histogram's samples appear, beside its own.
inline constexpr std::string_view kHistogramSuffixes[] = {"_bucket", "_sum", "_count"};

/// Equal for what Prometheus takes for the same series: a label with an empty value is no label.
std::string series_key(const Labels& labels, std::string_view pid);

/// The labels as exposed: with job, with pid if there is one, in ascending order.
Labels exposed_labels(Labels labels, const std::string& job, const std::string& pid);

}  // namespace shmx::aggregate

#endif  // SHM_EXPORTER_AGENT_AGGREGATE_FAMILY_H
