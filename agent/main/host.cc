#include "agent/main/host.h"

#include <sys/resource.h>
#include <unistd.h>

#include <climits>
#include <cstdint>
#include <fstream>
#include <string_view>

namespace shmx {

void raise_descriptor_limit() {
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    static_cast<void>(
        ::setrlimit(RLIMIT_NOFILE, &limit));  // What was allowed before stays allowed.
  }
}

scan::BudgetLimits segment_budget() {
  struct rlimit limit {};
  std::uint64_t mappings = 0;
  scan::BudgetLimits limits;
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
      std::ifstream("/proc/sys/vm/max_map_count") >> mappings) {
    limits.live = scan::live_segments_within(limit.rlim_cur, mappings);
  }
  return limits;
}

std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

std::string host_name() {
  char name[HOST_NAME_MAX + 1] = {};
  return ::gethostname(name, sizeof(name) - 1) == 0 ? name : "";
}

std::map<std::string, std::string, std::less<>> environment() {
  std::map<std::string, std::string, std::less<>> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    const std::size_t sign = variable.find('=');
    if (sign != std::string_view::npos) {
      variables.emplace(variable.substr(0, sign), variable.substr(sign + 1));
    }
  }
  return variables;
}

}  // namespace shmx
