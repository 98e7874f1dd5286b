// Reading /proc/self; see proc(5) for the fields.
#include "agent/self/process.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>

namespace shmx::self {
namespace {

/// The fields of /proc/self/stat that are used, counted from the one after the command's name.
enum StatField : std::size_t {
  kUserTicks = 11,
  kSystemTicks = 12,
  kThreads = 17,
  kStartTicks = 19,
  kVirtualBytes = 20,
  kResidentPages = 21,
  kFieldsNeeded = 22,
};

std::vector<std::string> stat_fields(const std::filesystem::path& proc) {
  std::ifstream file(proc / "self" / "stat");
  std::string line;
  std::getline(file, line);
  // The command's name is in parentheses and may hold anything, parentheses and spaces too.
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) {
    return {};
  }
  std::istringstream rest(line.substr(name_end + 1));
  return {std::istream_iterator<std::string>(rest), std::istream_iterator<std::string>()};
}

/// When the machine was started, in seconds since 1970.
std::optional<double> boot_time_seconds(const std::filesystem::path& proc) {
  std::ifstream file(proc / "stat");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string key;
    double seconds = 0;
    if (words >> key >> seconds && key == "btime") {
      return seconds;
    }
  }
  return std::nullopt;
}

std::optional<double> open_fds(const std::filesystem::path& proc) {
  const std::filesystem::path directory = proc / "self" / "fd";
  // Since Linux 6.2 the directory's size is the number of descriptors; an agent holds one for each
  // segment, so listing them at each scrape would not be free.
  struct stat status {};
  if (stat(directory.c_str(), &status) == 0 && status.st_size > 0) {
    return static_cast<double>(status.st_size);
  }
  std::error_code error;
  double count = 0;
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    ++count;
  }
  if (error) {
    return std::nullopt;
  }
  return count - 1;  // without the one that lists them
}

std::optional<double> max_fds() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return std::nullopt;
  }
  return static_cast<double>(limit.rlim_cur);
}

void add(std::vector<prometheus::MetricFamily>& families, prometheus::MetricType type,
         const char* name, const char* help, std::optional<double> value) {
  if (!value) {
    return;
  }
  prometheus::ClientMetric metric;
  if (type == prometheus::MetricType::Counter) {
    metric.counter.value = *value;
  } else {
    metric.gauge.value = *value;
  }
  families.push_back({name, help, type, {std::move(metric)}});
}

}  // namespace

ProcessStatistics read_process(const std::filesystem::path& proc) {
  ProcessStatistics process;
  process.open_fds = open_fds(proc);
  process.max_fds = max_fds();
  const std::vector<std::string> fields = stat_fields(proc);
  if (fields.size() < kFieldsNeeded) {
    return process;
  }
  const auto number = [&](StatField field) { return std::strtod(fields[field].c_str(), nullptr); };
  const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  process.cpu_seconds = (number(kUserTicks) + number(kSystemTicks)) / ticks_per_second;
  process.threads = number(kThreads);
  process.virtual_memory_bytes = number(kVirtualBytes);
  process.resident_memory_bytes =
      number(kResidentPages) * static_cast<double>(sysconf(_SC_PAGESIZE));
  if (const std::optional<double> boot = boot_time_seconds(proc)) {
    process.start_time_seconds = *boot + number(kStartTicks) / ticks_per_second;
  }
  return process;
}

std::vector<prometheus::MetricFamily> process_families(const ProcessStatistics& process) {
  using prometheus::MetricType;
  std::vector<prometheus::MetricFamily> families;
  add(families, MetricType::Counter, "process_cpu_seconds_total",
      "Total user and system CPU time spent in seconds.", process.cpu_seconds);
  add(families, MetricType::Gauge, "process_max_fds", "Maximum number of open file descriptors.",
      process.max_fds);
  add(families, MetricType::Gauge, "process_open_fds", "Number of open file descriptors.",
      process.open_fds);
  add(families, MetricType::Gauge, "process_resident_memory_bytes",
      "Resident memory size in bytes.", process.resident_memory_bytes);
  add(families, MetricType::Gauge, "process_start_time_seconds",
      "Start time of the process since unix epoch in seconds.", process.start_time_seconds);
  add(families, MetricType::Gauge, "process_threads", "Number of OS threads in the process.",
      process.threads);
  add(families, MetricType::Gauge, "process_virtual_memory_bytes", "Virtual memory size in bytes.",
      process.virtual_memory_bytes);
  return families;
}

}  // namespace shmx::self
