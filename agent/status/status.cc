// Joins what /metrics shows with the census, and leaves out what the reader may not see.
#include "agent/status/status.h"

#include <algorithm>
#include <utility>

#include "agent/status/own.h"

namespace shmx::status {
namespace {

using Jobs = std::map<JobKey, Job>;

Job& job_of(Jobs& jobs, const JobKey& key) {
  Job& job = jobs[key];
  job.tenant = key.tenant;
  job.job = key.job;
  job.uid = key.uid;
  return job;
}

/// What the families of jobs say, but the RPCs.
void add_processes(Jobs& jobs, const std::vector<const model::Family*>& families) {
  for (const model::Family* const family : families) {
    const std::string& name = family->info->name;
    if (!name.starts_with("shm_exporter_job_")) {
      continue;
    }
    for (const model::Point& point : family->points) {
      Job& job = job_of(jobs, key_of(point.series->labels()));
      const auto* const gauge = std::get_if<model::GaugeValue>(&point.value);
      const auto* const counter = std::get_if<model::CounterValue>(&point.value);
      if (gauge != nullptr && name == "shm_exporter_job_processes") {
        job.processes = gauge->value;
      } else if (gauge != nullptr && name == "shm_exporter_job_last_exit_time_seconds") {
        job.last_exit_time_seconds = gauge->value;
      } else if (counter != nullptr && name == "shm_exporter_job_processes_started_total") {
        job.started = static_cast<double>(counter->ticks);
      } else if (counter != nullptr && name == "shm_exporter_job_processes_ended_total") {
        job.ended = static_cast<double>(counter->ticks);
      }
    }
  }
}

std::vector<Job> jobs_of(const model::Page& page, const Census& census) {
  Jobs jobs;
  add_processes(jobs, page.families());
  for (auto& [key, sides] : rpcs_of(page.families())) {
    Job& job = job_of(jobs, key);
    job.server = std::move(sides.server);
    job.client = std::move(sides.client);
  }
  for (const JobSize& size : census.jobs) {
    if (const auto found = jobs.find({size.tenant, size.job, size.uid}); found != jobs.end()) {
      found->second.series = size.series;
    }
  }
  std::vector<Job> all;
  all.reserve(jobs.size());
  for (auto& [key, job] : jobs) {
    all.push_back(std::move(job));
  }
  return all;
}

std::vector<Directory> directories_of(const Own& own) {
  std::map<std::string, Directory, std::less<>> directories;
  const auto each = [&](std::string_view family, auto set) {
    own.each(family, [&](const Labels& labels, double value) {
      const std::string path(label(labels, "directory"));
      Directory& directory = directories[path];
      directory.path = path;
      set(directory, value);
    });
  };
  each("shm_exporter_directory_present", [](Directory& d, double v) { d.present = v != 0; });
  each("shm_exporter_directory_size_bytes", [](Directory& d, double v) { d.size_bytes = v; });
  each("shm_exporter_directory_free_bytes", [](Directory& d, double v) { d.free_bytes = v; });
  each("shm_exporter_directory_inodes", [](Directory& d, double v) { d.inodes = v; });
  each("shm_exporter_directory_free_inodes", [](Directory& d, double v) { d.free_inodes = v; });
  std::vector<Directory> all;
  all.reserve(directories.size());
  for (auto& [path, directory] : directories) {
    all.push_back(std::move(directory));
  }
  return all;
}

Agent agent_of(const Sources& sources, const Own& own) {
  Agent agent;
  agent.version = sources.agent_version;
  agent.start_time_seconds = own.sum("process_start_time_seconds");
  agent.jobs = own.sum("shm_exporter_jobs");
  agent.series = own.sum("shm_exporter_series");
  own.each("shm_exporter_segments", [&agent](const Labels& labels, double value) {
    agent.segments[std::string(label(labels, "state"))] = value;
  });
  agent.segments["degraded"] = own.sum("shm_exporter_segments_degraded");
  agent.scrapes = own.sum("shm_exporter_pages_total");
  agent.last_scrape = sources.last_scrape;
  own.each("shm_exporter_http_requests_total", [&agent](const Labels& labels, double value) {
    agent.requests.push_back(
        {std::string(label(labels, "handler")), std::string(label(labels, "code")), value});
  });
  agent.folds = own.sum("shm_exporter_folds_total");
  agent.folds_waiting = own.sum("shm_exporter_folds_waiting");
  agent.fold_failures = own.sum("shm_exporter_fold_failures_total");
  agent.states_lost = own.sum("shm_exporter_states_lost_total");
  agent.state_size_bytes = own.sum("shm_exporter_state_size_bytes");
  agent.resident_memory_bytes = own.sum("process_resident_memory_bytes");
  own.each(
      "shm_exporter_config_last_reload_successful",
      [&agent](const Labels& /*labels*/, double value) { agent.reload_successful = value != 0; });
  agent.directories = directories_of(own);
  return agent;
}

std::vector<Push> pushes_of(const Sources& sources, const Own& own) {
  std::vector<Push> pushes;
  for (const PushTarget& target : sources.pushes) {
    Push push{target, 0, {}, 0, 0};
    const auto each = [&](std::string_view family, auto set) {
      own.each(family, [&](const Labels& labels, double value) {
        if (label(labels, "tenant") == target.tenant) {
          set(labels, value);
        }
      });
    };
    each("shm_exporter_otlp_last_success_timestamp_seconds",
         [&push](const Labels& /*labels*/, double v) { push.last_success_time_seconds = v; });
    each("shm_exporter_otlp_pushes_total", [&push](const Labels& labels, double v) {
      push.pushes[std::string(label(labels, "outcome"))] = v;
    });
    each("shm_exporter_otlp_points_sent_total",
         [&push](const Labels& /*labels*/, double v) { push.points = v; });
    each("shm_exporter_otlp_points_rejected_total",
         [&push](const Labels& /*labels*/, double v) { push.points_rejected = v; });
    pushes.push_back(std::move(push));
  }
  return pushes;
}

std::vector<Certificate> certificates_of(const Own& own) {
  std::vector<Certificate> certificates;
  own.each("shm_exporter_certificate_expiry_timestamp_seconds",
           [&certificates](const Labels& labels, double value) {
             certificates.push_back({std::string(label(labels, "file")),
                                     std::string(label(labels, "subject")), value});
           });
  return certificates;
}

/// Copies of those that the reader may see and has asked for, the first `max` of them; how many
/// there are is returned.
template <typename Item>
std::size_t select(const std::vector<Item>& from, std::vector<Item>& to, std::size_t max,
                   const model::Scope& scope, const std::vector<std::string>& jobs) {
  std::size_t count = 0;
  for (const Item& item : from) {
    const bool asked_for = jobs.empty() || std::ranges::find(jobs, item.job) != jobs.end();
    if (!scope.shows(item.tenant) || !asked_for) {
      continue;
    }
    if (++count <= max) {
      to.push_back(item);
    }
  }
  return count;
}

/// Pids, users and reasons are for operators (security: defaults).
void hide_what_is_for_operators(Status& status) {
  for (Process& process : status.processes) {
    process.pid = 0;
    process.uid = 0;
    process.identity_mismatch.clear();
  }
  for (Problem& problem : status.problems) {
    problem = {problem.tenant, {}, problem.state, {}, {}, {}, 0, problem.job, 0};
  }
}

void name_users(Status& status, const std::function<std::string(std::uint32_t)>& name_of) {
  const auto add = [&](std::uint32_t uid) {
    if (name_of && !status.users.contains(uid)) {
      status.users[uid] = name_of(uid);
    }
  };
  std::ranges::for_each(status.processes, add, &Process::uid);
  std::ranges::for_each(status.problems, add, &Problem::uid);
}

}  // namespace

Status make_status(const Sources& sources, const model::Scope& scope,
                   const std::vector<std::string>& jobs) {
  Status status;
  status.time_seconds = sources.time_seconds;
  status.everything = scope.everything;
  status.ready = sources.ready;
  status.metrics_path = sources.metrics_path;
  const model::Page page(sources.epoch, scope);
  status.jobs_total = select(jobs_of(page, sources.census), status.jobs, kMaxJobs, scope, jobs);
  status.processes_total =
      select(sources.census.processes, status.processes, kMaxProcesses, scope, jobs);
  status.problems_total =
      select(sources.census.problems, status.problems, kMaxProblems, scope, jobs);
  if (!scope.everything) {
    hide_what_is_for_operators(status);
    return status;
  }
  const Own own(sources.epoch->own);
  status.problem = sources.problem;
  status.problems_total += jobs.empty() ? sources.census.problems_unnamed : 0;
  status.agent = agent_of(sources, own);
  status.pushes = pushes_of(sources, own);
  status.certificates = certificates_of(own);
  name_users(status, sources.user_name);
  return status;
}

}  // namespace shmx::status
