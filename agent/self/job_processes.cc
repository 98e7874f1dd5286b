// See job_processes.h.
#include "agent/self/job_processes.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <string_view>
#include <system_error>

#include "agent/self/convert.h"

namespace shmx::self {
namespace {

using aggregate::JobProcess;
using aggregate::MeasuredJob;
using prometheus::MetricType;

constexpr std::uint64_t kNanoseconds = 1'000'000'000;

/// A process begins before its segment; but the time of the boot is told in whole seconds, and
/// clocks are being set.
constexpr double kClockSlackSeconds = 2;

/// Who is not known here has this number (/proc/sys/kernel/overflowuid), so it is many.
constexpr std::uint32_t kOverflowUid = 65'534;

constexpr ProcessMetric kMeasured = {
    "shm_exporter_job_processes_measured",
    "Live processes of the job that its process_* metrics are of: those that procfs shows.",
    MetricType::Gauge, nullptr};

model::Ticks to_ns(double seconds) {
  return static_cast<model::Ticks>(std::llround(seconds * static_cast<double>(kNanoseconds)));
}

double to_seconds(std::int64_t ns) {
  return static_cast<double>(ns) / static_cast<double>(kNanoseconds);
}

/// Of /proc/PID/status: the process's users, as it is and was, and its number in each pid
/// namespace, the outermost first.
struct Status {
  std::vector<std::string> uids;
  std::vector<std::string> pids;
};

Status status_of(const std::filesystem::path& process) {
  Status status;
  std::ifstream file(process / "status");
  for (std::string line; std::getline(file, line);) {
    for (const auto& [key, member] : {std::pair(std::string_view("Uid:"), &Status::uids),
                                      std::pair(std::string_view("NSpid:"), &Status::pids)}) {
      if (line.starts_with(key)) {
        std::istringstream words(line.substr(key.size()));
        (status.*member).assign(std::istream_iterator<std::string>(words), {});
      }
    }
  }
  return status;
}

/// Those that jobs have by themselves, by the names of the metrics here.
using Published = std::map<std::string_view, std::vector<const model::Family*>>;

Published published_in(const model::Snapshot& collected) {
  Published published;
  for (const model::Family& family : collected.families) {
    for (const ProcessMetric& metric : kProcessMetrics) {
      if (family.info->name == metric.name) {
        published[metric.name].push_back(&family);
      }
    }
  }
  return published;
}

bool publishes(const MeasuredJob& job, std::string_view name, const Published& published) {
  const auto found = published.find(name);
  return found != published.end() &&
         std::ranges::any_of(found->second, [&](const model::Family* family) {
           return family->info->tenant == job.tenant &&
                  std::ranges::any_of(family->points, [&](const model::Point& point) {
                    return std::ranges::includes(point.series->labels(), job.labels);
                  });
         });
}

/// Families under way, by name and tenant.
using Families = std::map<std::pair<std::string, std::string>, model::Family>;

std::shared_ptr<const model::FamilyInfo> info_of(const ProcessMetric& metric,
                                                 const std::string& tenant) {
  const bool counter = metric.type == MetricType::Counter;
  auto info = std::make_shared<model::FamilyInfo>();
  info->name = metric.name;
  info->help = metric.help;
  info->unit = unit_of(metric.name);
  info->type = counter ? model::Type::counter : model::Type::gauge;
  info->ticks_per_unit = counter ? kNanoseconds : 1;
  info->tenant = tenant;
  return info;
}

void add(Families& families, const MeasuredJob& job, const ProcessMetric& metric,
         model::Point point) {
  model::Family& family = families[{metric.name, job.tenant}];
  if (!family.info) {
    family.info = info_of(metric, job.tenant);
  }
  family.points.push_back(std::move(point));
}

void add_gauge(Families& families, const MeasuredJob& job, const ProcessMetric& metric,
               double value) {
  add(families, job, metric,
      {std::make_shared<const model::Series>(job.labels), model::GaugeValue{value}});
}

using Live = std::vector<std::pair<std::string, ProcessStatistics>>;

void add_each(Families& families, const MeasuredJob& job, const ProcessMetric& metric,
              const Live& live) {
  for (const auto& [pid, statistics] : live) {
    const std::optional<double> value = statistics.*metric.member;
    if (!value) {
      continue;
    }
    Labels labels = job.labels;
    labels.push_back({"pid", pid});
    std::ranges::sort(labels);
    model::Point point{std::make_shared<const model::Series>(std::move(labels)),
                       model::GaugeValue{*value}};
    if (metric.type == MetricType::Counter) {
      point.value = model::CounterValue{to_ns(*value)};
      point.created_unix_ns =
          static_cast<std::int64_t>(to_ns(statistics.start_time_seconds.value_or(0)));
    }
    add(families, job, metric, std::move(point));
  }
}

/// Of all processes; nothing where one of them does not have the number.
void add_sum(Families& families, const MeasuredJob& job, const ProcessMetric& metric,
             const Live& live) {
  const bool newest = metric.member == &ProcessStatistics::start_time_seconds;
  double all = 0;
  for (const auto& [pid, statistics] : live) {
    const std::optional<double> value = statistics.*metric.member;
    if (!value) {
      return;
    }
    all = newest ? std::max(all, *value) : all + *value;
  }
  if (!live.empty()) {
    add_gauge(families, job, metric, all);
  }
}

}  // namespace

JobProcesses::JobProcesses(std::filesystem::path proc)
    : proc_(std::move(proc)), boot_time_(boot_time_seconds(proc_)) {
  begin_again();
}

void JobProcesses::begin_again() {
  double uptime = 0;
  std::ifstream(proc_ / "uptime") >> uptime;
  began_ticks_ = static_cast<std::uint64_t>(uptime * static_cast<double>(sysconf(_SC_CLK_TCK)));
  began_unix_ns_ = static_cast<std::int64_t>(to_ns(boot_time_.value_or(0) + uptime));
}

bool JobProcesses::is_of(const MeasuredJob& job, const JobProcess& process,
                         const ProcessStatistics& statistics) {
  const double segment_created = to_seconds(process.segment_created_unix_ns);
  if (job.owner == kOverflowUid || !statistics.start_time_seconds ||
      *statistics.start_time_seconds > segment_created + kClockSlackSeconds) {
    return false;
  }
  const std::string owner = std::to_string(job.owner);
  const Status status = status_of(proc_ / process.pid);
  return std::ranges::find(status.uids, owner) != status.uids.end() && status.pids.size() <= 1 &&
         !is_elsewhere(owner, process.pid);
}

bool JobProcesses::is_elsewhere(const std::string& uid, const std::string& pid) {
  if (!elsewhere_) {
    elsewhere_.emplace();
    std::error_code error;
    for (std::filesystem::directory_iterator entry(proc_, error), end; !error && entry != end;
         entry.increment(error)) {
      if (std::isdigit(static_cast<unsigned char>(entry->path().filename().string().front())) ==
          0) {
        continue;
      }
      const Status status = status_of(entry->path());
      for (std::size_t i = 0; status.pids.size() > 1 && i < status.uids.size(); ++i) {
        elsewhere_->emplace(status.uids[i], status.pids.back());
      }
    }
  }
  return elsewhere_->contains({uid, pid});
}

/// Each process once, whatever segments it has; and its CPU time is counted.
JobProcesses::Live JobProcesses::live_processes(const MeasuredJob& job, Job& known) {
  Live live;
  std::erase_if(known.refused, [&](const JobProcess& refused) {
    return !std::ranges::binary_search(job.processes, refused);
  });
  for (const JobProcess& process : job.processes) {
    ProcessStatistics statistics = read_process(proc_, process.pid, boot_time_);
    if (!statistics.start_ticks || !statistics.cpu_seconds) {
      continue;
    }
    const Identity identity{process.pid, *statistics.start_ticks};
    const model::Ticks cpu = to_ns(*statistics.cpu_seconds);
    auto found = known.processes.find(identity);
    if (found == known.processes.end()) {
      if (known.refused.contains(process)) {
        continue;
      }
      if (!is_of(job, process, statistics)) {
        known.refused.insert(process);
        continue;
      }
      const bool older = *statistics.start_ticks < began_ticks_;
      found = known.processes.emplace(identity, Counted{older ? cpu : 0, cpu}).first;
    }
    Counted& counted = found->second;
    if (!std::exchange(counted.seen, true)) {
      counted.until = std::max(counted.until, cpu);
      live.emplace_back(process.pid, statistics);
    }
  }
  return live;
}

/// One whose segment is gone may still be there, and have another soon (exec): what it has used
/// would count twice.
void JobProcesses::end_those_that_are_gone(const MeasuredJob& job, Job& known) const {
  for (auto place = known.processes.begin(); place != known.processes.end();) {
    const auto& [pid, start_ticks] = place->first;
    Counted& counted = place->second;
    if (std::exchange(counted.seen, false)) {
      ++place;
      continue;
    }
    const auto now = read_process(proc_, pid, std::nullopt).start_ticks;
    const bool is_live =
        std::ranges::find(job.processes, pid, &JobProcess::pid) != job.processes.end();
    if (now == start_ticks || (!now && is_live)) {
      ++place;
      continue;
    }
    known.ended += counted.until - counted.before;
    place = known.processes.erase(place);
  }
}

/// CPU time of the job, in ns.
model::Ticks JobProcesses::cpu_of(const Job& known) {
  model::Ticks sum = known.ended;
  for (const auto& [identity, counted] : known.processes) {
    sum += counted.until - counted.before;
  }
  return sum;
}

std::vector<model::Family> JobProcesses::measure(const std::vector<MeasuredJob>& jobs,
                                                 const model::Snapshot& collected) {
  Families families;
  std::map<JobKey, Job> asked_for;
  const Published published = jobs.empty() ? Published() : published_in(collected);
  elsewhere_.reset();
  if (!jobs.empty()) {
    boot_time_ = boot_time_seconds(proc_);  // It moves when the clock is set.
  }
  for (const MeasuredJob& job : jobs) {
    const JobKey key{job.tenant, job.labels};
    Job& known = asked_for[key] = std::move(jobs_[key]);
    known.began_unix_ns = known.began_unix_ns != 0 ? known.began_unix_ns : began_unix_ns_;
    const Live live = live_processes(job, known);
    end_those_that_are_gone(job, known);
    known.counts = known.counts || !live.empty();
    add_gauge(families, job, kMeasured, static_cast<double>(live.size()));
    for (const ProcessMetric& metric : kProcessMetrics) {
      if (publishes(job, metric.name, published)) {
        continue;
      }
      if (job.per_process) {
        add_each(families, job, metric, live);
      } else if (metric.type != MetricType::Counter) {
        add_sum(families, job, metric, live);
      } else if (known.counts) {
        add(families, job, metric,
            {std::make_shared<const model::Series>(job.labels), model::CounterValue{cpu_of(known)},
             known.began_unix_ns});
      }
    }
  }
  jobs_ = std::move(asked_for);
  std::vector<model::Family> all;
  std::ranges::transform(families, std::back_inserter(all),
                         [](auto& one) { return std::move(one.second); });
  return all;
}

}  // namespace shmx::self
