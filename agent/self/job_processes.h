// The process_* metrics of the jobs that are to have them: what a per-process endpoint would say of
// their live processes, summed like the rest of a job's numbers. Read from procfs when it is asked
// for. Not whether a process lives: its segment's lock says that.
//
// A segment's pid is a claim, and a number in the pid namespace of its process. It is taken for the
// process of that number here if that is of the segment's owner and began before the segment did,
// and if no process of this owner has the number in a namespace of its own, as in a container.
// Otherwise, and where procfs does not show it, the process is left out; what is known of none of a
// job's processes is absent. Who lies can so show another process of the same user, and no other.
//
// Of a job, each number is the sum over its live processes, and absent where one of them does not
// have it, but
//   process_cpu_seconds_total   goes on counting what its ended processes had used when they were
//                               last seen. It begins with the agent: of a process that is older,
//                               what it uses from then on counts. So it never falls by a part, and
//                               restarts from 0 with the agent.
//   process_start_time_seconds  is the newest process's: it changes at every start.
// With per_process each process has its own, as the kernel says them, as long as it lives.
// shm_exporter_job_processes_measured says of how many processes there is something.
#ifndef SHM_EXPORTER_AGENT_SELF_JOB_PROCESSES_H
#define SHM_EXPORTER_AGENT_SELF_JOB_PROCESSES_H

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/aggregate/statistics.h"
#include "agent/model/model.h"
#include "agent/self/process.h"

namespace shmx::self {

/// Takes some 30 us per process that is measured. Not thread-safe.
class JobProcesses {
 public:
  /// `proc` is where procfs is mounted.
  explicit JobProcesses(std::filesystem::path proc);

  /// What is not counted yet is counted from now on, as with a new agent: other jobs are asked for.
  void begin_again();

  /// The families of these jobs, by name; a tenant's are its own. A family that a job has on the
  /// page by itself is left as it is there, and no other is made of that name for the job.
  std::vector<model::Family> measure(const std::vector<aggregate::MeasuredJob>& jobs,
                                     const model::Snapshot& collected);

 private:
  /// A pid, and when its process began: no two processes have both.
  using Identity = std::pair<std::string, std::uint64_t>;
  using JobKey = std::pair<std::string, Labels>;  ///< tenant, labels
  /// CPU time in ns. Sums of integers never fall by a rounding.
  struct Counted {
    model::Ticks before = 0;  ///< what is not counted
    model::Ticks until = 0;   ///< as last seen
    bool seen = false;        ///< in this measurement
  };
  struct Job {
    std::map<Identity, Counted> processes;
    std::set<aggregate::JobProcess> refused;  ///< segments that are not of the process here
    model::Ticks ended = 0;                   ///< of those that are gone
    bool counts = false;                      ///< a process of it has been seen
    std::int64_t began_unix_ns = 0;           ///< when its CPU time was 0
  };
  using Live = std::vector<std::pair<std::string, ProcessStatistics>>;  ///< by pid

  Live live_processes(const aggregate::MeasuredJob& job, Job& known);
  bool is_of(const aggregate::MeasuredJob& job, const aggregate::JobProcess& process,
             const ProcessStatistics& statistics);
  bool is_elsewhere(const std::string& uid, const std::string& pid);
  void end_those_that_are_gone(const aggregate::MeasuredJob& job, Job& known) const;
  static model::Ticks cpu_of(const Job& known);

  std::filesystem::path proc_;
  std::optional<double> boot_time_;
  std::uint64_t began_ticks_ = 0;  ///< since the boot
  std::int64_t began_unix_ns_ = 0;
  std::map<JobKey, Job> jobs_;
  /// Whose processes have which numbers in pid namespaces below this one: uid, pid. Read when a
  /// process is new, which costs some 20 us for each process of the host; nothing: not in this
  /// measurement.
  std::optional<std::set<std::pair<std::string, std::string>>> elsewhere_;
};

}  // namespace shmx::self

#endif  // SHM_EXPORTER_AGENT_SELF_JOB_PROCESSES_H
