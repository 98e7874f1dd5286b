// What outlives the agent: the totals of processes that are gone, and what their jobs and families
// are. Plain values between agent/aggregate, which keeps them, and agent/state, which stores them.
#ifndef SHM_EXPORTER_AGENT_MODEL_RETIRED_H
#define SHM_EXPORTER_AGENT_MODEL_RETIRED_H

#include <cstdint>
#include <string>
#include <vector>

#include "agent/model/model.h"
#include "shm/descriptor.h"

namespace shmx::model {

/// Names a stored job, family or series for as long as it exists; never used again for another.
using RetiredId = std::int64_t;

/// CLOCK_BOOTTIME in ns; 0: never, not yet.
using BootTime = std::int64_t;

struct RetiredJob {
  RetiredId id = 0;
  std::string name;
  std::uint32_t owner = 0;  ///< uid of its processes
  bool bare = true;         ///< it has its name without a label uid
  bool per_process = false;
  bool overflowed = false;  ///< all series with places of their own are stored, live ones too
  std::int64_t folded = 0;  ///< processes in the totals; less those of before a baseline
  std::int64_t ended = 0;
  std::int64_t newest_start_unix_ns = 0;
  std::int64_t last_exit_unix_ns = 0;  ///< 0: none has ended
  BootTime left_at = 0;                ///< since when no process of it lives
  std::string tenant{};                ///< empty: none were defined
  friend bool operator==(const RetiredJob&, const RetiredJob&) = default;
};

struct RetiredFamily {
  RetiredId id = 0;
  RetiredId job = 0;
  FamilyDescriptor descriptor;  ///< a histogram's buckets are those of its ticks
  friend bool operator==(const RetiredFamily&, const RetiredFamily&) = default;
};

struct RetiredSeries {
  RetiredId id = 0;
  RetiredId family = 0;
  Labels labels;    ///< as declared: without job and pid
  std::string pid;  ///< of a job whose processes are shown one by one
  bool overflow = false;
  BootTime unowned_since = 0;        ///< since when no live process adds to it
  std::vector<Ticks> ticks;          ///< a counter's one; a histogram's buckets, then its sum
  std::int64_t created_unix_ns = 0;  ///< when it was 0; 0: unknown
  friend bool operator==(const RetiredSeries&, const RetiredSeries&) = default;
};

struct Retired {
  std::vector<RetiredJob> jobs;
  std::vector<RetiredFamily> families;
  std::vector<RetiredSeries> series;
  friend bool operator==(const Retired&, const Retired&) = default;
};

/// From one state to the next. Everything is absolute, so doing it twice is doing it once.
struct RetiredChanges {
  Retired written;  ///< new, or in place of what has the same id
  std::vector<RetiredId> jobs_removed;
  std::vector<RetiredId> families_removed;
  std::vector<RetiredId> series_removed;

  bool empty() const noexcept {
    return written.jobs.empty() && written.families.empty() && written.series.empty() &&
           jobs_removed.empty() && families_removed.empty() && series_removed.empty();
  }
};

}  // namespace shmx::model

#endif  // SHM_EXPORTER_AGENT_MODEL_RETIRED_H
