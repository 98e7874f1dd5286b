// What users may take: names, labels, texts and buckets are the writers' to choose, and memory and
// pages are everybody's.
#include <algorithm>

#include "agent/aggregate/aggregator.h"

namespace shmx::aggregate {
namespace {

/// What a family, a series and a job take of memory at least, however short their texts are.
constexpr std::size_t kFamilyBytes = 1024;
constexpr std::size_t kSeriesBytes = 512;
constexpr std::size_t kJobBytes = 2048;

/// Samples of a histogram as text, where native buckets alone are shown octave by octave.
std::size_t lines_of(const Buckets& buckets) {
  constexpr std::size_t kOthers = 4;  // +Inf's, an end of the range, the sum and the count
  if (buckets.is_classic()) {
    return buckets.bounds.size() + kOthers;
  }
  const NativeBuckets& native = *buckets.native;
  const std::size_t octaves = native.count >> std::max(native.schema, 0);
  return (octaves + kOthers) * (native.negative ? 2 : 1);
}

/// About what a series takes of a page: each of its lines has the family's name, the labels and a
/// number.
std::size_t page_bytes(const FamilyState& family, const SeriesState& series) {
  constexpr std::size_t kNumberBytes = 48;                      // with le and the suffix
  constexpr std::size_t kSlotBytes = 3 * sizeof(model::Ticks);  // live, retired and shown
  const std::size_t lines = family.kind == FamilyKind::histogram ? lines_of(family.buckets) : 1;
  const std::size_t line = family.name.size() + series.shown->label_block().size() + kNumberBytes;
  const std::size_t buckets = std::max<std::size_t>(lines, layout::kMaxNativeExemplars);
  const std::size_t exemplars = series.exemplars.empty() ? 0 : buckets * kExemplarBytes;
  return std::max({lines * line, family.slots_per_series() * kSlotBytes, kSeriesBytes}) + exemplars;
}

}  // namespace

void Aggregator::take(std::uint32_t owner, std::size_t bytes) {
  owned_[owner].bytes += bytes;
  bytes_ += bytes;
}

void Aggregator::give_back(std::uint32_t owner, std::size_t bytes) {
  owned_[owner].bytes -= bytes;
  bytes_ -= bytes;
}

void Aggregator::charge(const Job& job) {
  ++owned_[job.owner].jobs;
  take(job.owner, kJobBytes);
}

void Aggregator::charge(FamilyState& family) {
  family.bytes = kFamilyBytes + family.name.size() + family.help.size() + family.unit.size();
  take(family.job->owner, family.bytes);
}

void Aggregator::charge(const FamilyState& family, SeriesState& series) {
  series.bytes = page_bytes(family, series);
  take(family.job->owner, series.bytes);
}

/// Its buckets have changed: exemplars are kept by bucket.
void Aggregator::recharge(FamilyState& family) {
  for (auto& [key, series] : family.series) {
    series.exemplars.clear();
    recharge(family, series);
  }
}

void Aggregator::recharge(const FamilyState& family, SeriesState& series) {
  give_back(family.job->owner, series.bytes);
  charge(family, series);
}

void Aggregator::discharge(const Job& job) {
  give_back(job.owner, kJobBytes);
  if (--owned_[job.owner].jobs == 0) {
    owned_.erase(job.owner);
  }
}

/// Whether nothing new has room of its own in this job.
bool Aggregator::is_full(const Job& job) const {
  return job.series >= config_.limits.series_per_job ||
         owned_.at(job.owner).bytes >= config_.limits.bytes_per_owner ||
         bytes_ >= config_.limits.bytes;
}

}  // namespace shmx::aggregate
