// Leaving: final values enter the retired totals.
#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "agent/aggregate/aggregator.h"

namespace shmx::aggregate {
namespace {

/// Several cells may share a slot (common buckets): one value per slot, in the order of slots.
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

std::vector<FinalSeries> Aggregator::final_series(SegmentId id,
                                                  std::span<const std::uint64_t> cells) const {
  const SegmentState& segment = segments_.at(id);
  std::vector<FinalSeries> all;
  if (!segment.plan.fits(cells)) {
    return all;
  }
  for (const Binding& binding : segment.bindings) {
    const FamilyRef& ref = segment.refs[binding.ref];
    if (ref.family->kind == FamilyKind::gauge) {
      continue;
    }
    const bool histogram = ref.family->kind == FamilyKind::histogram;
    const auto own = cells.subspan(binding.first_cell, histogram ? ref.buckets->slots() : 1);
    all.push_back({ref.family->name, binding.series->second.shown->label_block(),
                   std::vector<std::uint64_t>(own.begin(), own.end())});
  }
  std::ranges::sort(all, {}, [](const FinalSeries& series) {
    return std::tie(series.family, series.labels, series.cells);
  });
  return all;
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
  if (!segment.claimed.empty() && --job.others.at(segment.claimed) == 0) {
    job.others.erase(segment.claimed);
  }
  ++job.folded;
  job.left_at = job.processes == 0 ? now : 0;
  changed_jobs_.insert(&job);
  if (ended_at) {
    ++job.ended;
    job.last_exit = std::max(job.last_exit.value_or(*ended_at), *ended_at);
  }
  ++folds_;
  unbind(segment, now);
  if (!loading_) {
    evict_unowned(job);
  }
}

void Aggregator::unbind(SegmentState& segment, model::BootTime now) {
  for (const Binding& binding : segment.bindings) {
    FamilyState& family = *segment.refs[binding.ref].family;
    SeriesState& series = binding.series->second;
    segment.job->redirected -= binding.redirected ? 1 : 0;
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
  // A segment may declare a family with many buckets; what is common is settled once.
  std::set<FamilyState*> changed;
  for (const FamilyRef& ref : segment.refs) {
    if (ref.family == nullptr) {
      continue;
    }
    const auto declared = ref.family->live_buckets.find(*ref.buckets);
    if (--declared->second == 0) {
      ref.family->live_buckets.erase(declared);
      changed.insert(ref.family);
    }
  }
  for (FamilyState* const family : changed) {
    settle_buckets(*family);
  }
  follow_moves(*segment.job);
}

}  // namespace shmx::aggregate
