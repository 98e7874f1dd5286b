// Exemplars: which bucket they are of, and whether there is room for them.
#include <algorithm>

#include "agent/aggregate/aggregator.h"
#include "shm/exemplars.h"

namespace shmx::aggregate {
namespace {

/// Clocks of one host differ by nothing; a time far ahead would stay the latest for ever.
constexpr std::int64_t kMaxAheadNs = 1'000'000'000;

/// Histograms without classic buckets have fewer places than buckets, as in their segments.
std::uint32_t bucket_of(const FamilyState& family, std::int64_t ticks) {
  if (family.kind != FamilyKind::histogram) {
    return 0;
  }
  const Buckets& buckets = family.buckets;
  const double value = model::to_units(ticks, family.ticks_per_unit);
  if (!buckets.is_classic()) {
    return native_exemplar_slot(*buckets.native, value);
  }
  const auto bound = std::lower_bound(buckets.bounds.begin(), buckets.bounds.end(), value);
  return static_cast<std::uint32_t>(bound - buckets.bounds.begin());
}

}  // namespace

void Aggregator::add_exemplars(SegmentId id, std::span<const ExemplarReading> exemplars) {
  if (exemplars.empty()) {
    return;
  }
  const SegmentState& segment = segments_.at(id);
  const std::int64_t latest = now_unix_ns_ + kMaxAheadNs;
  for (const ExemplarReading& exemplar : exemplars) {
    const auto binding = std::lower_bound(
        segment.bindings.begin(), segment.bindings.end(), exemplar.first_cell,
        [](const Binding& bound, std::uint32_t cell) { return bound.first_cell < cell; });
    if (binding == segment.bindings.end() || binding->first_cell != exemplar.first_cell ||
        exemplar.unix_ns > latest) {
      continue;
    }
    const FamilyState& family = *segment.refs[binding->ref].family;
    SeriesState& series = binding->series->second;
    if (family.kind == FamilyKind::gauge || (series.exemplars.empty() && is_full(*segment.job))) {
      continue;
    }
    const bool first = series.exemplars.empty();
    series.exemplars.keep(bucket_of(family, exemplar.ticks), exemplar, latest);
    if (first) {
      recharge(family, series);
    }
  }
}

}  // namespace shmx::aggregate
