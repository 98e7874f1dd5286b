// What the kernel says of this process, as the process_* metrics that every exporter has.
#ifndef SHM_EXPORTER_AGENT_SELF_PROCESS_H
#define SHM_EXPORTER_AGENT_SELF_PROCESS_H

#include <prometheus/metric_family.h>

#include <filesystem>
#include <optional>
#include <vector>

namespace shmx::self {

/// What could be read; the rest is absent.
struct ProcessStatistics {
  std::optional<double> cpu_seconds;  ///< user and system
  std::optional<double> resident_memory_bytes;
  std::optional<double> virtual_memory_bytes;
  std::optional<double> threads;
  std::optional<double> start_time_seconds;  ///< since 1970
  std::optional<double> open_fds;
  std::optional<double> max_fds;  ///< the soft limit
};

/// Reads the calling process' statistics below `proc`, where procfs is mounted.
ProcessStatistics read_process(const std::filesystem::path& proc);

/// One family per number that is there.
std::vector<prometheus::MetricFamily> process_families(const ProcessStatistics& process);

}  // namespace shmx::self

#endif  // SHM_EXPORTER_AGENT_SELF_PROCESS_H
