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

bool Aggregator::has_room_for_job(const Process& process) {
  const auto owned = owned_.find({process.tenant, process.owner});
  return (owned == owned_.end() || owned->second.jobs < config_.limits.jobs_per_owner) &&
         tenants_.at(process.tenant).bytes < bytes_per_tenant_;
}

void Aggregator::take(const Job& job, std::size_t bytes) {
  owned_[owner_of(job)].bytes += bytes;
  tenants_.at(job.tenant).bytes += bytes;
}

void Aggregator::give_back(const Job& job, std::size_t bytes) {
  owned_.at(owner_of(job)).bytes -= bytes;
  tenants_.at(job.tenant).bytes -= bytes;
}

void Aggregator::charge(const Job& job) {
  ++owned_[owner_of(job)].jobs;
  take(job, kJobBytes);
}

void Aggregator::charge(FamilyState& family) {
  family.bytes = kFamilyBytes + family.name.size() + family.help.size() + family.unit.size();
  take(*family.job, family.bytes);
}

void Aggregator::charge(const FamilyState& family, SeriesState& series) {
  series.bytes = page_bytes(family, series);
  take(*family.job, series.bytes);
}

/// Its buckets have changed: exemplars are kept by bucket.
void Aggregator::recharge(FamilyState& family) {
  for (auto& [key, series] : family.series) {
    series.exemplars.clear();
    recharge(family, series);
  }
}

void Aggregator::recharge(const FamilyState& family, SeriesState& series) {
  give_back(*family.job, series.bytes);
  charge(family, series);
}

void Aggregator::discharge(const Job& job) {
  give_back(job, kJobBytes);
  const auto owned = owned_.find(owner_of(job));
  if (--owned->second.jobs == 0) {
    owned_.erase(owned);
  }
}

/// Whether nothing new has room of its own in this job.
bool Aggregator::is_full(const Job& job) const {
  const TenantState& tenant = tenants_.at(job.tenant);
  return job.series >= config_.limits.series_per_job || tenant.series >= tenant.max_series ||
         owned_.at(owner_of(job)).bytes >= config_.limits.bytes_per_owner ||
         tenant.bytes >= bytes_per_tenant_;
}

}  // namespace shmx::aggregate
