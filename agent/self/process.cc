// Reading /proc/PID; see proc(5) for the fields.
#include "agent/self/process.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

namespace shmx::self {
namespace {

namespace fs = std::filesystem;

/// The fields of /proc/PID/stat that are used, counted from the one after the command's name.
enum StatField : std::size_t {
  kUserTicks = 11,
  kSystemTicks = 12,
  kThreads = 17,
  kStartTicks = 19,
  kVirtualBytes = 20,
  kResidentPages = 21,
  kFieldsNeeded = 22,
};

std::vector<std::string> stat_fields(const fs::path& process) {
  std::ifstream file(process / "stat");
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

/// Absent where the kernel shows another user's descriptors to root only, as before Linux 6.2.
std::optional<double> open_fds(const fs::path& process, bool is_self) {
  const fs::path directory = process / "fd";
  // Since Linux 6.2 the directory's size is the number of descriptors; an agent holds one for each
  // segment, so listing them at each scrape would not be free.
  struct stat status {};
  if (stat(directory.c_str(), &status) == 0 && status.st_size > 0) {
    return static_cast<double>(status.st_size);
  }
  std::error_code error;
  double count = 0;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    ++count;
  }
  if (error) {
    return std::nullopt;
  }
  return count - (is_self ? 1 : 0);  // without the one that lists them
}

std::optional<double> max_fds(const fs::path& process) {
  constexpr std::string_view kLimit = "Max open files";
  std::ifstream file(process / "limits");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(kLimit)) {
      std::istringstream numbers(line.substr(kLimit.size()));
      double soft = 0;
      return numbers >> soft ? std::optional(soft) : std::nullopt;  // or "unlimited"
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<double> boot_time_seconds(const fs::path& proc) {
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

ProcessStatistics read_process(const fs::path& proc, const std::string& pid,
                               std::optional<double> boot_time) {
  ProcessStatistics process;
  const std::vector<std::string> fields = stat_fields(proc / pid);
  process.open_fds = open_fds(proc / pid, pid == "self");
  process.max_fds = max_fds(proc / pid);
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
  process.start_ticks = std::strtoull(fields[kStartTicks].c_str(), nullptr, 10);
  if (boot_time) {
    process.start_time_seconds = *boot_time + number(kStartTicks) / ticks_per_second;
  }
  return process;
}

std::vector<prometheus::MetricFamily> process_families(const ProcessStatistics& process) {
  std::vector<prometheus::MetricFamily> families;
  for (const ProcessMetric& metric : kProcessMetrics) {
    const std::optional<double> value = process.*metric.member;
    if (!value) {
      continue;
    }
    prometheus::ClientMetric sample;
    if (metric.type == prometheus::MetricType::Counter) {
      sample.counter.value = *value;
    } else {
      sample.gauge.value = *value;
    }
    families.push_back({metric.name, metric.help, metric.type, {std::move(sample)}});
  }
  return families;
}

}  // namespace shmx::self
