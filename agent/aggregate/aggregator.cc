// Joining: processes, their families and series, and the plans that a scrape follows. Leaving is in
// aggregator_fold.cc.
#include "agent/aggregate/aggregator.h"

#include <algorithm>
#include <utility>

#include "agent/aggregate/builtin_families.h"

namespace shmx::aggregate {
namespace {

/// Each is named once in the log, and this many at most: whoever makes segments could fill it.
constexpr std::size_t kMaxWarnings = 1000;

}  // namespace

Aggregator::Aggregator(AggregatorConfig config)
    : config_(std::move(config)),
      bytes_per_tenant_(config_.limits.bytes / std::max<std::size_t>(config_.tenants.size(), 1)) {
  for (const auto& [name, limits] : config_.tenants) {
    tenants_[name].max_series = limits.series;
  }
  if (tenants_.empty()) {
    tenants_[""];
  }
  for (const Conflict reason : kAllConflicts) {
    families_refused_[std::string(to_string(reason))] = 0;
  }
}

void Aggregator::add_process(SegmentId id, const Process& process) {
  Job& job = job_for(process);
  if (job.name != process.job) {
    ++job.others[process.job];
  }
  if (job.left_at != 0) {
    changed_jobs_.insert(&job);
  }
  job.left_at = 0;
  ++job.processes;
  job.newest_start_unix_ns = std::max(job.newest_start_unix_ns, process.start_time_unix_ns);
  SegmentState& segment = segments_[id];
  segment.job = &job;
  segment.claimed = job.name != process.job ? process.job : std::string();
  segment.pid = std::to_string(process.pid);
  segment.started_unix_ns = static_cast<std::int64_t>(
      std::min(process.start_time_unix_ns, static_cast<std::uint64_t>(now_unix_ns_)));
}

Job& Aggregator::job_for(const Process& process) {
  // At a start, a job that is not stored was in the one for all others, if that is.
  const std::string overflow(kOverflowJob);
  const bool overflowed = loading_ && jobs_.contains({process.tenant, overflow, process.owner});
  const bool fits = jobs_.contains({process.tenant, process.job, process.owner}) ||
                    (has_room_for_job(process) && !overflowed && !is_among_others(process));
  const std::string name = fits ? process.job : overflow;
  const auto [known, is_new] = jobs_.try_emplace({process.tenant, name, process.owner});
  Job& job = known->second;
  if (!is_new) {
    return job;
  }
  job.id = ++last_id_;
  job.tenant = process.tenant;
  job.name = name;
  job.owner = process.owner;
  charge(job);
  job.per_process = config_.per_process_jobs.contains(name);
  job.bare = bare_.try_emplace({job.tenant, name}, &job).second;
  jobs_apart_ += job.bare ? 0 : 1;
  if (!job.bare) {
    warn_once(description_of(job) + ": uid " + std::to_string(job.owner) +
              " has processes of this name too; their series have the label uid (to decide who may "
              "have it: tenants: {NAME: {group: GROUP, jobs: [" +
              name + "]}} in the configuration)");
  }
  changed_jobs_.insert(&job);
  page_is_stale_ = true;
  return job;
}

/// Whether a live process of the same job is in the one for all others: whoever comes joins it
/// there, room or not, as both would be there after the next start.
bool Aggregator::is_among_others(const Process& process) const {
  const auto others = jobs_.find({process.tenant, std::string(kOverflowJob), process.owner});
  return others != jobs_.end() && others->second.others.contains(process.job);
}

void Aggregator::warn_once(const std::string& line) {
  if (config_.warn && warned_.size() < kMaxWarnings && warned_.insert(line).second) {
    config_.warn(line);
  }
}

void Aggregator::extend(SegmentId id, std::span<const FamilyDescriptor> families,
                        std::span<const SeriesDescriptor> series) {
  SegmentState& segment = segments_.at(id);
  segment.refs.resize(families.size());
  const BucketsByName joining = buckets_joining(segment, families, series);
  for (const SeriesDescriptor& added : series) {
    FamilyRef& ref = segment.refs[added.family];
    if (!ref.resolved) {
      ref = resolve(id, segment, families[added.family], joining);
    }
    if (ref.family != nullptr) {
      bind(segment, ref, added.family, added);
    }
  }
  follow_moves(*segment.job);
  segment.plan = plan_of(segment);
}

Aggregator::FamilyRef Aggregator::resolve(SegmentId id, SegmentState& segment,
                                          const FamilyDescriptor& descriptor,
                                          const BucketsByName& joining) {
  FamilyRef ref;
  ref.resolved = true;
  auto reason = conflict(*segment.job, descriptor);
  if (!reason && !segment.job->families.contains(descriptor.name) && is_full(*segment.job)) {
    reason = Conflict::limit;
  }
  if (reason) {
    refuse(segment, descriptor, *reason);
    return ref;
  }
  FamilyState& family = family_for(id, *segment.job, descriptor, joining);
  update_help(id, family, descriptor);
  if (family.kind == FamilyKind::histogram) {
    join_buckets(family, joining.at(descriptor.name));
  }
  ref.family = &family;
  const auto declared = family.live_buckets.try_emplace(model::buckets_of(descriptor), 0).first;
  ++declared->second;
  ref.buckets = &declared->first;
  ref.admits_negative = descriptor.admits_negative;
  return ref;
}

void Aggregator::refuse(const SegmentState& segment, const FamilyDescriptor& descriptor,
                        Conflict reason) {
  ++families_refused_[std::string(to_string(reason))];
  warn_once(description_of(*segment.job) + ": left out family " + descriptor.name +
            " of some processes: " + std::string(to_string(reason)));
}

FamilyState& Aggregator::family_for(SegmentId id, Job& job, const FamilyDescriptor& descriptor,
                                    const BucketsByName& joining) {
  const auto found = job.families.find(descriptor.name);
  if (found != job.families.end()) {
    return found->second;
  }
  FamilyState& family = add_family(++last_id_, job, descriptor);
  if (family.kind == FamilyKind::histogram) {
    family.buckets = joining.at(descriptor.name);
  }
  family.help_order = id;
  changed_families_.insert(&family);
  return family;
}

FamilyState& Aggregator::add_family(model::RetiredId id, Job& job,
                                    const FamilyDescriptor& descriptor) {
  FamilyState& family = job.families[descriptor.name];
  family.id = id;
  family.job = &job;
  family.name = descriptor.name;
  family.kind = descriptor.kind;
  family.mode = descriptor.mode;
  family.ticks_per_unit = descriptor.ticks_per_unit;
  family.buckets = model::buckets_of(descriptor);
  family.help = descriptor.help;
  family.unit = descriptor.unit;
  charge(family);
  page_is_stale_ = true;
  return family;
}

void Aggregator::update_help(SegmentId id, FamilyState& family,
                             const FamilyDescriptor& descriptor) {
  if (const BuiltinFamily* const builtin = find_builtin(descriptor.name)) {
    family.help = builtin->help;
    family.unit = builtin->unit;
    return;
  }
  if (id < family.help_order) {
    return;
  }
  family.help_order = id;
  if (family.help != descriptor.help || family.unit != descriptor.unit) {
    family.help = descriptor.help;
    family.unit = descriptor.unit;
    page_is_stale_ = true;
    changed_families_.insert(&family);
  }
}

void Aggregator::bind(SegmentState& segment, const FamilyRef& ref, std::uint32_t ref_index,
                      const SeriesDescriptor& series) {
  FamilyState& family = *ref.family;
  const bool has_pid = segment.job->per_process || family.mode == GaugeMode::all;
  const std::string pid = has_pid ? segment.pid : std::string();
  const bool is_known = family.series.contains(series_key(series.labels, pid));
  const bool overflows = !is_known && must_overflow(family);
  if (overflows) {
    note_overflow(*segment.job);
    ++series_overflowed_;
  }
  const bool redirected = overflows && !series.overflow && family.kind != FamilyKind::gauge;
  segment.job->redirected += redirected ? 1 : 0;
  const SeriesPlace place =
      overflows ? place_for(segment, family, {{std::string(kOverflowLabel), "true"}}, "", true)
                : place_for(segment, family, series.labels, pid, series.overflow);
  own(*segment.job, place->second);
  if (loading_ && place->second.id == 0) {
    // Nothing of it was stored, so it is as old as the oldest process that adds to it.
    place->second.created_unix_ns =
        std::min(place->second.created_unix_ns, segment.started_unix_ns);
  }
  segment.bindings.push_back({series.first_cell, ref_index, place, redirected});
}

/// Where the numbers of these labels go, which is new the first time.
Aggregator::SeriesPlace Aggregator::place_for(const SegmentState& segment, FamilyState& family,
                                              const Labels& labels, const std::string& pid,
                                              bool overflow) {
  auto found = family.series.find(series_key(labels, pid));
  if (found == family.series.end()) {
    found = add_series(family, labels, pid, overflow);
    found->second.created_unix_ns = segment.started_unix_ns;
    if (segment.job->overflowed && family.kind != FamilyKind::gauge) {
      changed_series_[&found->second] = &family;
    }
  } else if (found->second.overflow && !overflow) {
    found->second.overflow = false;
    page_is_stale_ = true;
  }
  return found;
}

/// A series that no process adds to yet, at 0.
Aggregator::SeriesPlace Aggregator::add_series(FamilyState& family, const Labels& labels,
                                               const std::string& pid, bool overflow) {
  const SeriesPlace place = family.series.try_emplace(series_key(labels, pid)).first;
  SeriesState& series = place->second;
  series.own = !pid.empty();
  series.overflow = overflow;
  series.counted = labels.size() != 1 || labels.front().name != kOverflowLabel;
  series.shown = std::make_shared<model::Series>(exposed_labels(labels, *family.job, pid));
  series.first_slot = family.kind == FamilyKind::gauge
                          ? totals_.allocate_gauge()
                          : totals_.allocate(family.slots_per_series());
  charge(family, series);
  ++family.job->series;
  ++family.job->unowned;
  tenants_.at(family.job->tenant).series += series.counted ? 1 : 0;
  page_is_stale_ = true;
  return place;
}

/// Whether a series that is not there has no place of its own. Once a live process counts in the
/// overflow series so does each new series of its job, room or not: it may be the same one, and a
/// count that was in two places would be in one of them after the next start. At a start, a series
/// of a job that has overflowed before and that is not stored was in the overflow series. Gauges
/// are never stored, and nothing of them stays anywhere.
bool Aggregator::must_overflow(const FamilyState& family) const {
  const Job& job = *family.job;
  const bool counts = family.kind != FamilyKind::gauge;
  return is_full(job) || (counts && (job.redirected != 0 || (loading_ && job.overflowed)));
}

/// From now on it must be known over restarts which series have places of their own: a count that
/// moved between its own and the overflow series would be a fall of one of them.
void Aggregator::note_overflow(Job& job) {
  if (job.overflowed) {
    return;
  }
  job.overflowed = true;
  changed_jobs_.insert(&job);
  for (auto& [name, family] : job.families) {
    if (family.kind != FamilyKind::gauge) {
      note_changed(family);
    }
  }
}

void Aggregator::own(Job& job, SeriesState& series) {
  job.unowned -= series.live == 0 ? 1 : 0;
  ++series.live;
  series.unowned_since = 0;
}

Plan Aggregator::plan_of(const SegmentState& segment) const {
  return plan_of(segment, segment.bindings.size(), nullptr);
}

Plan Aggregator::plan_of(const SegmentState& segment, std::size_t bindings,
                         const Families* only) const {
  Plan plan;
  std::uint32_t mapped_ref = UINT32_MAX;
  std::vector<std::uint32_t> map;
  for (const Binding& binding : std::span(segment.bindings).first(bindings)) {
    const FamilyRef& ref = segment.refs[binding.ref];
    const Slot slot = binding.series->second.first_slot;
    if (only != nullptr && !only->contains(ref.family)) {
      continue;
    }
    if (ref.family->kind == FamilyKind::gauge) {
      plan.add_gauge(binding.first_cell, slot, ref.family->mode);
      continue;
    }
    if (ref.family->kind == FamilyKind::counter) {
      plan.add_count(binding.first_cell, slot);
      continue;
    }
    if (mapped_ref != binding.ref) {
      map = slot_map(*ref.buckets, ref.family->buckets);
      mapped_ref = binding.ref;
    }
    const auto sum = static_cast<std::uint32_t>(map.size()) - 1;
    for (std::uint32_t i = 0; i < sum; ++i) {
      if (map[i] != model::kNowhere) {
        plan.add_count(binding.first_cell + i, slot + map[i]);
      }
    }
    const std::uint32_t cell = binding.first_cell + sum;
    ref.admits_negative ? plan.add_signed(cell, slot + map[sum])
                        : plan.add_count(cell, slot + map[sum]);
  }
  return plan;
}

void Aggregator::add_cells(SegmentId id, std::span<const std::uint64_t> cells) {
  SegmentState& segment = segments_.at(id);
  segment.shown = cells;
  segment.shown_bindings = segment.bindings.size();
  if (segment.plan.fits(cells)) {
    segment.plan.add_ticks(cells, totals_.live());
    segment.plan.add_gauges(cells, totals_.gauges());
  }
}

std::shared_ptr<const model::Snapshot> Aggregator::snapshot() {
  if (page_is_stale_) {
    page_.lay_out(jobs_);
    page_is_stale_ = false;
  }
  return page_.fill(totals_);
}

std::vector<MeasuredJob> Aggregator::jobs_named(const std::set<std::string>& names) const {
  std::vector<MeasuredJob> named;
  if (names.empty()) {
    return named;
  }
  std::map<const Job*, std::size_t> places;
  for (const auto& [key, job] : jobs_) {
    if (names.contains(job.name)) {
      places[&job] = named.size();
      named.push_back({job.tenant, exposed_labels({}, job, ""), job.owner, job.per_process});
    }
  }
  for (const auto& [id, segment] : segments_) {
    if (const auto place = places.find(segment.job); place != places.end()) {
      named[place->second].processes.push_back({segment.pid, segment.started_unix_ns});
    }
  }
  for (MeasuredJob& job : named) {
    std::ranges::sort(job.processes);
  }
  return named;
}

void Aggregator::report(Statistics& statistics) const {
  statistics.jobs = jobs_.size();
  statistics.series = 0;
  for (const auto& [key, job] : jobs_) {
    for (const auto& [family_name, family] : job.families) {
      statistics.series += family.series.size();
    }
  }
  statistics.folds_total = folds_;
  statistics.families_restarted_total = families_restarted_;
  statistics.series_overflowed_total = series_overflowed_;
  statistics.series_evicted_total = series_evicted_;
  statistics.jobs_apart_total = jobs_apart_;
  for (const auto& [name, limits] : config_.tenants) {
    statistics.tenant_series[name] = tenants_.at(name).series;
  }
  for (const auto& [reason, count] : families_refused_) {
    statistics.families_refused_total[reason] += count;
  }
}

std::vector<JobSeries> Aggregator::job_series() const {
  std::vector<JobSeries> all;
  all.reserve(jobs_.size());
  for (const auto& [key, job] : jobs_) {
    all.push_back(
        {job.tenant, job.name, job.bare ? std::string() : std::to_string(job.owner), job.series});
  }
  return all;
}

}  // namespace shmx::aggregate
