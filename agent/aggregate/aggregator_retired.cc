// What outlives the agent, and what leaves: the totals of processes that are gone, loaded at a
// start and handed out whenever they change.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <utility>

#include "agent/aggregate/aggregator.h"

namespace shmx::aggregate {
namespace {

constexpr double kNanosecondsPerSecond = 1e9;

/// Of the unowned series' limit, when it is exceeded: otherwise every further fold would sort
/// again.
constexpr double kKeptByEviction = 0.9;

/// The labels that the writer declared: job, tenant, pid and uid are the agent's.
Labels declared_labels(const SeriesState& series) {
  Labels labels;
  for (const Label& label : series.shown->labels()) {
    if (label.name != "job" && label.name != "tenant" && label.name != "pid" &&
        label.name != "uid") {
      labels.push_back(label);
    }
  }
  return labels;
}

std::string pid_of(const SeriesState& series) {
  for (const Label& label : series.shown->labels()) {
    if (series.own && label.name == "pid") {
      return label.value;
    }
  }
  return {};
}

model::RetiredJob retired(const Job& job) {
  model::RetiredJob stored;
  stored.id = job.id;
  stored.tenant = job.tenant;
  stored.name = job.name;
  stored.owner = job.owner;
  stored.bare = job.bare;
  stored.overflowed = job.overflowed;
  stored.per_process = job.per_process;
  stored.folded = job.folded;
  stored.ended = job.ended;
  stored.newest_start_unix_ns = static_cast<std::int64_t>(job.newest_start_unix_ns);
  stored.last_exit_unix_ns = std::llround(job.last_exit.value_or(0) * kNanosecondsPerSecond);
  stored.left_at = job.left_at;
  return stored;
}

model::RetiredFamily retired(const FamilyState& family) {
  model::RetiredFamily stored;
  stored.id = family.id;
  stored.job = family.job->id;
  stored.descriptor.name = family.name;
  stored.descriptor.kind = family.kind;
  stored.descriptor.mode = family.mode;
  stored.descriptor.ticks_per_unit = family.ticks_per_unit;
  stored.descriptor.help = family.help;
  stored.descriptor.unit = family.unit;
  stored.descriptor.bounds = family.buckets.bounds;
  stored.descriptor.native = family.buckets.native;
  return stored;
}

}  // namespace

void Aggregator::load(const model::Retired& retired, model::RetiredId last_id) {
  loading_ = true;
  last_id_ = last_id;
  std::map<model::RetiredId, Job*> jobs;
  for (const model::RetiredJob& stored : retired.jobs) {
    if (is_defined(stored.tenant)) {
      jobs[stored.id] = &load_job(stored);
    }
  }
  std::map<model::RetiredId, FamilyState*> families;
  for (const model::RetiredFamily& stored : retired.families) {
    if (const auto job = jobs.find(stored.job); job != jobs.end()) {
      families[stored.id] = &add_family(stored.id, *job->second, stored.descriptor);
    }
  }
  for (const model::RetiredSeries& stored : retired.series) {
    if (const auto family = families.find(stored.family); family != families.end()) {
      load_series(*family->second, stored);
    }
  }
  // A job whose processes are shown one by one now, or are not any more, restarts whole.
  for (const model::RetiredJob& stored : retired.jobs) {
    const auto known = jobs.find(stored.id);
    if (known != jobs.end() && stored.per_process != known->second->per_process) {
      Job& job = *known->second;
      erase_families(job);
      job.switched = true;
      changed_jobs_.insert(&job);
    }
  }
  drop_undefined(retired);
  page_is_stale_ = true;
}

bool Aggregator::is_defined(const std::string& tenant) const {
  return tenants_.contains(tenant);
}

Job& Aggregator::load_job(const model::RetiredJob& stored) {
  Job& job = jobs_[{stored.tenant, stored.name, stored.owner}];
  job.id = stored.id;
  job.tenant = stored.tenant;
  job.name = stored.name;
  job.owner = stored.owner;
  job.bare = stored.bare && bare_.try_emplace({stored.tenant, stored.name}, &job).second;
  job.overflowed = stored.overflowed;
  charge(job);
  job.per_process = config_.per_process_jobs.contains(stored.name);
  job.folded = stored.folded;
  job.ended = stored.ended;
  job.newest_start_unix_ns = static_cast<std::uint64_t>(stored.newest_start_unix_ns);
  if (stored.last_exit_unix_ns != 0) {
    job.last_exit = static_cast<double>(stored.last_exit_unix_ns) / kNanosecondsPerSecond;
  }
  job.left_at = stored.left_at;
  return job;
}

/// What is of no tenant of now leaves the state: whose it would be, nobody has said.
void Aggregator::drop_undefined(const model::Retired& retired) {
  std::map<std::string, std::size_t> dropped;
  for (const model::RetiredJob& stored : retired.jobs) {
    if (!is_defined(stored.tenant)) {
      jobs_removed_.push_back(stored.id);
      ++dropped[stored.tenant];
    }
  }
  for (const auto& [tenant, jobs] : dropped) {
    warn_once((tenant.empty() ? "jobs of before tenants were defined"
                              : "jobs of tenant " + tenant + ", which is not defined any more,") +
              " leave with their totals: " + std::to_string(jobs));
  }
}

void Aggregator::load_series(FamilyState& family, const model::RetiredSeries& stored) {
  SeriesState& series = add_series(family, stored.labels, stored.pid, stored.overflow)->second;
  series.id = stored.id;
  series.unowned_since = stored.unowned_since;
  series.created_unix_ns = stored.created_unix_ns;
  for (std::uint32_t i = 0; i < stored.ticks.size(); ++i) {
    totals_.retired(series.first_slot + i) = stored.ticks[i];
  }
}

void Aggregator::settle(model::BootTime now) {
  loading_ = false;
  for (auto& [job_key, job] : jobs_) {
    if (job.processes == 0 && job.left_at == 0) {
      job.left_at = now;
      changed_jobs_.insert(&job);
    }
    if (std::exchange(job.switched, false)) {
      baseline(job);
    }
    for (auto& [name, family] : job.families) {
      settle_buckets(family);
      for (auto& [key, series] : family.series) {
        settle(family, series, now);
      }
    }
    follow_moves(job);
    evict_unowned(job);
  }
}

void Aggregator::settle(FamilyState& family, SeriesState& series, model::BootTime now) {
  if (family.kind == FamilyKind::gauge) {
    return;
  }
  if (series.live == 0 && series.unowned_since == 0) {
    series.unowned_since = now;
    changed_series_[&series] = &family;
  }
  // A baseline is less than nothing without the process that it is of, should that have gone
  // without a trace: the series restarts whole. A histogram's sum may be negative by itself.
  const std::uint32_t counts = std::max(family.slots_per_series(), 2U) - 1;
  for (std::uint32_t i = 0; i < counts; ++i) {
    if (totals_.total(series.first_slot + i) < 0) {
      baseline(family, series);
      changed_series_[&series] = &family;
      return;
    }
  }
}

void Aggregator::baseline() {
  for (auto& [job_key, job] : jobs_) {
    job.folded = -static_cast<std::int64_t>(job.processes);
    changed_jobs_.insert(&job);
    baseline(job);
  }
}

void Aggregator::baseline(Job& job) {
  for (auto& [name, family] : job.families) {
    changed_families_.insert(&family);
    if (family.kind == FamilyKind::gauge) {
      continue;
    }
    for (auto& [key, series] : family.series) {
      baseline(family, series);
    }
    note_changed(family);
  }
}

void Aggregator::baseline(const FamilyState& family, SeriesState& series) {
  series.created_unix_ns = now_unix_ns_;
  for (std::uint32_t i = 0; i < family.slots_per_series(); ++i) {
    totals_.retired(series.first_slot + i) = -totals_.live(series.first_slot + i);
  }
}

void Aggregator::note_changed(FamilyState& family) {
  changed_families_.insert(&family);
  for (auto& [key, series] : family.series) {
    changed_series_[&series] = &family;
  }
  page_is_stale_ = true;
}

Aggregator::SeriesPlace Aggregator::erase(FamilyState& family, SeriesPlace place) {
  SeriesState& series = place->second;
  if (family.kind == FamilyKind::gauge) {
    totals_.release_gauge(series.first_slot);
  } else {
    totals_.release(series.first_slot, family.slots_per_series());
  }
  if (series.id != 0) {
    series_removed_.push_back(series.id);
  }
  changed_series_.erase(&series);
  give_back(*family.job, series.bytes);
  tenants_.at(family.job->tenant).series -= series.counted ? 1 : 0;
  --family.job->series;
  --family.job->unowned;
  page_is_stale_ = true;
  return family.series.erase(place);
}

/// Of a job without a live process.
void Aggregator::erase_families(Job& job) {
  for (auto& [name, family] : job.families) {
    for (auto series = family.series.begin(); series != family.series.end();) {
      series = erase(family, series);
    }
    give_back(job, family.bytes);
    families_removed_.push_back(family.id);
    changed_families_.erase(&family);
  }
  job.families.clear();
}

void Aggregator::expire(model::BootTime now) {
  for (auto place = jobs_.begin(); place != jobs_.end();) {
    Job& job = place->second;
    if (job.processes == 0 && now - job.left_at >= config_.limits.retention.count()) {
      erase_families(job);
      jobs_removed_.push_back(job.id);
      changed_jobs_.erase(&job);
      leave(job);
      place = jobs_.erase(place);
      continue;
    }
    ++place;
    if (!job.per_process) {
      continue;
    }
    for (auto& [name, family] : job.families) {
      for (auto series = family.series.begin(); series != family.series.end();) {
        const bool over = series->second.own && series->second.live == 0 &&
                          now - series->second.unowned_since >= config_.limits.linger.count();
        series = over ? erase(family, series) : std::next(series);
      }
    }
  }
}

void Aggregator::leave(const Job& job) {
  discharge(job);
  if (job.bare) {
    bare_.erase({job.tenant, job.name});
  }
  page_is_stale_ = true;
}

/// The longest unowned leave, whole; overflow series stay, for they are many series' numbers.
void Aggregator::evict_unowned(Job& job) {
  if (job.unowned <= config_.limits.unowned_per_job) {
    return;
  }
  struct Unowned {
    model::BootTime since;
    FamilyState* family;
    SeriesPlace series;
  };
  std::vector<Unowned> all;
  for (auto& [name, family] : job.families) {
    for (auto series = family.series.begin(); series != family.series.end(); ++series) {
      if (series->second.live == 0 && !series->second.overflow) {
        all.push_back({series->second.unowned_since, &family, series});
      }
    }
  }
  std::sort(all.begin(), all.end(),
            [](const Unowned& a, const Unowned& b) { return a.since < b.since; });
  const auto kept = static_cast<std::size_t>(static_cast<double>(config_.limits.unowned_per_job) *
                                             kKeptByEviction);
  const std::size_t evicted = job.unowned - kept;
  for (std::size_t i = 0; i < std::min(evicted, all.size()); ++i) {
    erase(*all[i].family, all[i].series);
    ++series_evicted_;
  }
}

model::RetiredSeries Aggregator::stored(const FamilyState& family, SeriesState& series) {
  if (series.id == 0) {
    series.id = ++last_id_;
  }
  model::RetiredSeries stored;
  stored.id = series.id;
  stored.family = family.id;
  stored.labels = declared_labels(series);
  stored.pid = pid_of(series);
  stored.overflow = series.overflow;
  stored.unowned_since = series.unowned_since;
  stored.created_unix_ns = series.created_unix_ns;
  for (std::uint32_t i = 0; i < family.slots_per_series(); ++i) {
    stored.ticks.push_back(totals_.retired(series.first_slot + i));
  }
  return stored;
}

model::RetiredChanges Aggregator::changes() {
  model::RetiredChanges changes;
  for (const Job* const job : changed_jobs_) {
    changes.written.jobs.push_back(retired(*job));
  }
  for (const FamilyState* const family : changed_families_) {
    changes.written.families.push_back(retired(*family));
  }
  for (const auto& [series, family] : changed_series_) {
    changes.written.series.push_back(stored(*family, *series));
  }
  changes.jobs_removed = jobs_removed_;
  changes.families_removed = families_removed_;
  changes.series_removed = series_removed_;
  return changes;
}

void Aggregator::saved() {
  changed_jobs_.clear();
  changed_families_.clear();
  changed_series_.clear();
  jobs_removed_.clear();
  families_removed_.clear();
  series_removed_.clear();
}

}  // namespace shmx::aggregate
