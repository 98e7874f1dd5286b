// Generations of a histogram's buckets: what its live processes have in common, and a whole restart
// when the last one with the old buckets is gone. Families move to other slots here; the plans of
// their job follow once, when all of a segment's families have moved.
#include <algorithm>
#include <utility>

#include "agent/aggregate/aggregator.h"

namespace shmx::aggregate {

/// A segment may declare a name with many buckets, and each join can move every series of the
/// family: what it declares at a time joins at once.
Aggregator::BucketsByName Aggregator::buckets_joining(const SegmentState& segment,
                                                      std::span<const FamilyDescriptor> families,
                                                      std::span<const SeriesDescriptor> series) {
  BucketsByName joining;
  std::vector<bool> seen(families.size());
  for (const SeriesDescriptor& added : series) {
    const FamilyDescriptor& family = families[added.family];
    if (family.kind != FamilyKind::histogram || segment.refs[added.family].resolved ||
        seen[added.family]) {
      continue;
    }
    seen[added.family] = true;
    const Buckets declared = model::buckets_of(family);
    const auto [known, is_first] = joining.try_emplace(family.name, declared);
    if (!is_first) {
      known->second = common(known->second, declared);
    }
  }
  return joining;
}

void Aggregator::join_buckets(FamilyState& family, const Buckets& buckets) {
  if (family.buckets == buckets || family.collapsed) {
    return;
  }
  // At a start other processes of the family may be still to come: settle() restarts it if not.
  if (family.live_buckets.empty() && !loading_) {
    restart(family, buckets);
    return;
  }
  const Buckets both = common(family.buckets, buckets);
  if (both == family.buckets) {
    return;
  }
  const bool recounted = !keeps_count(family.buckets, both);
  if (recounted && !loading_) {
    restart(family, both);
    return;
  }
  family.recounted = family.recounted || recounted;
  coarsen(family, both);
}

void Aggregator::settle_buckets(FamilyState& family) {
  // Without a live process the totals stay as they are until one says what comes next, unless they
  // were counted otherwise before; at a start some may still come.
  const bool stays = family.live_buckets.empty() && !family.recounted;
  if (loading_ || family.kind != FamilyKind::histogram || stays || family.collapsed) {
    return;
  }
  Buckets all = family.live_buckets.empty() ? family.buckets : family.live_buckets.begin()->first;
  for (const auto& [buckets, count] : family.live_buckets) {
    all = common(all, buckets);
  }
  if (all != family.buckets || family.recounted) {
    if (config_.warn) {
      config_.warn(description_of(*family.job) + ": the histogram " + family.name +
                   " restarts with the buckets of its new processes");
    }
    restart(family, all);
  }
}

void Aggregator::coarsen(FamilyState& family, const Buckets& buckets) {
  const std::vector<std::uint32_t> map = slot_map(family.buckets, buckets);
  const std::uint32_t old_slots = family.slots_per_series();
  family.buckets = buckets;
  for (auto& [key, series] : family.series) {
    const Slot from = series.first_slot;
    const Slot to = totals_.allocate(family.slots_per_series());
    for (std::uint32_t i = 0; i < map.size(); ++i) {
      if (map[i] != model::kNowhere) {
        totals_.live(to + map[i]) += totals_.live(from + i);
        totals_.retired(to + map[i]) += totals_.retired(from + i);
      }
    }
    totals_.release(from, old_slots);
    series.first_slot = to;
  }
  moved_.insert(&family);
  recharge(family);
  note_changed(family);
}

void Aggregator::restart(FamilyState& family, const Buckets& buckets) {
  for (auto series = family.series.begin(); series != family.series.end();) {
    if (series->second.live == 0) {
      series = erase(family, series);
      continue;
    }
    totals_.release(series->second.first_slot, family.slots_per_series());
    ++series;
  }
  family.buckets = buckets;
  family.recounted = false;
  recharge(family);
  if (is_full(*family.job)) {
    // More buckets would be more than its user has: the count and the sum are shown.
    family.buckets = {};
    family.collapsed = true;
    recharge(family);
  }
  for (auto& [key, series] : family.series) {
    series.first_slot = totals_.allocate(family.slots_per_series());
    series.created_unix_ns = now_unix_ns_;
  }
  moved_.insert(&family);
  restarted_.insert(&family);
  ++families_restarted_;
  note_changed(family);
}

void Aggregator::follow_moves(const Job& job) {
  if (moved_.empty()) {
    return;
  }
  for (auto& [id, segment] : segments_) {
    const bool uses = segment.job == &job && std::any_of(segment.refs.begin(), segment.refs.end(),
                                                         [this](const FamilyRef& ref) {
                                                           return moved_.contains(ref.family);
                                                         });
    if (uses) {
      segment.plan = plan_of(segment);
      subtract_shown(segment);
    }
  }
  moved_.clear();
  restarted_.clear();
}

/// What a live process has counted and the old series have shown is not shown again: the family
/// begins at 0. Otherwise a fall to a value above 0 would make Prometheus count that value twice.
void Aggregator::subtract_shown(const SegmentState& segment) {
  if (restarted_.empty()) {
    return;
  }
  const Plan plan = plan_of(segment, segment.shown_bindings, &restarted_);
  const auto shown = [&segment](const Run& run) {
    return segment.shown.size() >= std::size_t{run.cell} + run.count;
  };
  for (const Run& run : plan.counts()) {
    for (std::uint32_t i = 0; shown(run) && i < run.count; ++i) {
      totals_.retired(run.slot + i) -= segment.shown[run.cell + i];
    }
  }
  for (const Run& run : plan.signed_sums()) {
    for (std::uint32_t i = 0; shown(run) && i < run.count; ++i) {
      totals_.retired(run.slot + i) -= static_cast<std::int64_t>(segment.shown[run.cell + i]);
    }
  }
}

}  // namespace shmx::aggregate
