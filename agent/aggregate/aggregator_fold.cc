// Leaving: final values enter the retired totals, and histograms whose last process with the old
// bounds is gone restart with the new ones.
#include <algorithm>
#include <set>
#include <utility>

#include "agent/aggregate/aggregator.h"

namespace shmx::aggregate {
namespace {

/// Several cells may share a slot (common bounds): one value per slot, in the order of slots.
void merge_slots(std::vector<FinalValue>& values) {
  std::sort(values.begin(), values.end(),
            [](const FinalValue& a, const FinalValue& b) { return a.slot < b.slot; });
  std::size_t kept = 0;
  for (const FinalValue& value : values) {
    if (kept > 0 && values[kept - 1].slot == value.slot) {
      values[kept - 1].ticks += value.ticks;
    } else {
      values[kept++] = value;
    }
  }
  values.resize(kept);
}

}  // namespace

Fold Aggregator::fold(SegmentId id, std::span<const std::uint64_t> cells) const {
  const SegmentState& segment = segments_.at(id);
  Fold result;
  result.segment = id;
  if (!segment.plan.fits(cells)) {
    return result;
  }
  for (const Run& run : segment.plan.counts()) {
    for (std::uint32_t i = 0; i < run.count; ++i) {
      result.values.push_back({run.slot + i, cells[run.cell + i]});
    }
  }
  for (const Run& run : segment.plan.signed_sums()) {
    for (std::uint32_t i = 0; i < run.count; ++i) {
      result.values.push_back({run.slot + i, static_cast<std::int64_t>(cells[run.cell + i])});
    }
  }
  merge_slots(result.values);
  return result;
}

void Aggregator::apply(const Fold& fold, std::optional<double> ended_at, model::BootTime now) {
  const auto found = segments_.find(fold.segment);
  for (const FinalValue& value : fold.values) {
    totals_.retired(value.slot) += value.ticks;
  }
  SegmentState segment = std::move(found->second);
  segments_.erase(found);
  Job& job = *segment.job;
  --job.processes;
  ++job.folded;
  job.left_at = job.processes == 0 ? now : 0;
  changed_jobs_.insert(&job);
  if (ended_at) {
    ++job.ended;
    job.last_exit = std::max(job.last_exit.value_or(*ended_at), *ended_at);
  }
  ++folds_;
  unbind(segment, now);
  evict_unowned(job);
}

void Aggregator::unbind(SegmentState& segment, model::BootTime now) {
  for (const Binding& binding : segment.bindings) {
    FamilyState& family = *segment.refs[binding.ref].family;
    SeriesState& series = binding.series->second;
    --series.live;
    if (series.live == 0) {
      ++segment.job->unowned;
      series.unowned_since = now;
    }
    if (family.kind != FamilyKind::gauge) {
      changed_series_[&series] = &family;
    } else if (series.live == 0) {
      erase(family, binding.series);  // Gauges are of live processes only.
    }
  }
  // A segment may declare a family with many bounds; what is common is settled once.
  std::set<FamilyState*> changed;
  for (const FamilyRef& ref : segment.refs) {
    if (ref.family == nullptr) {
      continue;
    }
    const auto declared = ref.family->live_bounds.find(*ref.bounds);
    if (--declared->second == 0) {
      ref.family->live_bounds.erase(declared);
      changed.insert(ref.family);
    }
  }
  for (FamilyState* const family : changed) {
    settle_bounds(segment.job->name, *family);
  }
}

void Aggregator::join_bounds(FamilyState& family, const Bounds& bounds) {
  if (family.bounds == bounds) {
    return;
  }
  // At a start other processes of the family may be still to come: settle() restarts it if not.
  if (family.live_bounds.empty() && !loading_) {
    restart(family, bounds);
    return;
  }
  Bounds common = common_bounds(family.bounds, bounds);
  if (common != family.bounds) {
    coarsen(family, common);
  }
}

void Aggregator::settle_bounds(const std::string& job, FamilyState& family) {
  // Without a live process the totals stay as they are until one says what comes next.
  if (family.kind != FamilyKind::histogram || family.live_bounds.empty()) {
    return;
  }
  Bounds common = family.live_bounds.begin()->first;
  for (const auto& [bounds, count] : family.live_bounds) {
    common = common_bounds(common, bounds);
  }
  if (common != family.bounds) {
    if (config_.warn) {
      config_.warn("job " + job + ": a histogram restarts with the bounds of its new processes");
    }
    restart(family, common);
  }
}

void Aggregator::coarsen(FamilyState& family, const Bounds& bounds) {
  const std::vector<std::uint32_t> map = bucket_map(family.bounds, bounds);
  const std::uint32_t old_slots = family.slots_per_series();
  family.bounds = bounds;
  const std::uint32_t sum = family.slots_per_series() - 1;
  for (auto& [key, series] : family.series) {
    const Slot from = series.first_slot;
    const Slot to = totals_.allocate(family.slots_per_series());
    for (std::uint32_t i = 0; i < map.size(); ++i) {
      totals_.live(to + map[i]) += totals_.live(from + i);
      totals_.retired(to + map[i]) += totals_.retired(from + i);
    }
    totals_.live(to + sum) = totals_.live(from + old_slots - 1);
    totals_.retired(to + sum) = totals_.retired(from + old_slots - 1);
    totals_.release(from, old_slots);
    series.first_slot = to;
  }
  plan_all_of(family);
  note_changed(family);
}

void Aggregator::restart(FamilyState& family, const Bounds& bounds) {
  for (auto series = family.series.begin(); series != family.series.end();) {
    if (series->second.live == 0) {
      series = erase(family, series);
      continue;
    }
    totals_.release(series->second.first_slot, family.slots_per_series());
    ++series;
  }
  family.bounds = bounds;
  for (auto& [key, series] : family.series) {
    series.first_slot = totals_.allocate(family.slots_per_series());
  }
  plan_all_of(family);
  subtract_shown(family);
  ++families_restarted_;
  note_changed(family);
}

/// What live processes have counted and the old series have shown is not shown again: the family
/// begins at 0. Otherwise a fall to a value above 0 would make Prometheus count that value twice.
void Aggregator::subtract_shown(const FamilyState& family) {
  for (const auto& [id, segment] : segments_) {
    const Plan plan = plan_of(segment, &family);
    if (!plan.fits(segment.shown)) {
      continue;
    }
    for (const Run& run : plan.counts()) {
      for (std::uint32_t i = 0; i < run.count; ++i) {
        totals_.retired(run.slot + i) -= segment.shown[run.cell + i];
      }
    }
    for (const Run& run : plan.signed_sums()) {
      for (std::uint32_t i = 0; i < run.count; ++i) {
        totals_.retired(run.slot + i) -= static_cast<std::int64_t>(segment.shown[run.cell + i]);
      }
    }
  }
}

}  // namespace shmx::aggregate
