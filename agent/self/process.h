// What the kernel says of a process, as the process_* metrics that every exporter has.
#ifndef SHM_EXPORTER_AGENT_SELF_PROCESS_H
#define SHM_EXPORTER_AGENT_SELF_PROCESS_H

#include <prometheus/metric_family.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
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
  /// Clock ticks from the boot to its start: with its pid, which process it is, whatever the clocks
  /// are set to.
  std::optional<std::uint64_t> start_ticks;
};

/// One of the metrics: there where its member is.
struct ProcessMetric {
  const char* name;
  const char* help;
  prometheus::MetricType type;
  std::optional<double> ProcessStatistics::*member;
};

/// By name.
inline constexpr ProcessMetric kProcessMetrics[] = {
    {"process_cpu_seconds_total", "Total user and system CPU time spent in seconds.",
     prometheus::MetricType::Counter, &ProcessStatistics::cpu_seconds},
    {"process_max_fds", "Maximum number of open file descriptors.", prometheus::MetricType::Gauge,
     &ProcessStatistics::max_fds},
    {"process_open_fds", "Number of open file descriptors.", prometheus::MetricType::Gauge,
     &ProcessStatistics::open_fds},
    {"process_resident_memory_bytes", "Resident memory size in bytes.",
     prometheus::MetricType::Gauge, &ProcessStatistics::resident_memory_bytes},
    {"process_start_time_seconds", "Start time of the process since unix epoch in seconds.",
     prometheus::MetricType::Gauge, &ProcessStatistics::start_time_seconds},
    {"process_threads", "Number of OS threads in the process.", prometheus::MetricType::Gauge,
     &ProcessStatistics::threads},
    {"process_virtual_memory_bytes", "Virtual memory size in bytes.", prometheus::MetricType::Gauge,
     &ProcessStatistics::virtual_memory_bytes},
};

/// When the machine was started, in seconds since 1970, as procfs at `proc` says. The kernel writes
/// some hundred lines for it: once for many processes.
std::optional<double> boot_time_seconds(const std::filesystem::path& proc);

/// A process' statistics below `proc`, where procfs is mounted; `pid`: "self", or as procfs names
/// it. `boot_time`: see above; without it there is no start time.
ProcessStatistics read_process(const std::filesystem::path& proc, const std::string& pid,
                               std::optional<double> boot_time);

/// Of the calling process.
inline ProcessStatistics read_process(const std::filesystem::path& proc) {
  return read_process(proc, "self", boot_time_seconds(proc));
}

/// One family per number that is there.
std::vector<prometheus::MetricFamily> process_families(const ProcessStatistics& process);

}  // namespace shmx::self

#endif  // SHM_EXPORTER_AGENT_SELF_PROCESS_H
