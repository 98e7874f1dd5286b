// See classic_buckets.h.
#include "agent/render/classic_buckets.h"

#include <algorithm>
#include <cstddef>

namespace shmx::render {
namespace {

/// Positive bounds that are shown, ascending.
std::vector<double> shown_bounds(const NativeBuckets& native) {
  const std::int32_t step = native.schema > 0 ? 1 << native.schema : 1;
  std::vector<double> bounds = {zero_threshold(native)};
  for (std::int32_t index = native.first_index; index <= native.last_index(); ++index) {
    if (index % step == 0 || index == native.last_index()) {
      bounds.push_back(native_bound(native.schema, index));
    }
  }
  return bounds;
}

}  // namespace

bool ClassicBuckets::prepare(const model::FamilyInfo& info) {
  if (!info.is_classic()) {
    const bool is_new = native_ != info.native;
    if (is_new) {
      prepare_native(*info.native);
    }
    return is_new;
  }
  native_.reset();
  const bool is_new = bounds_ != info.bounds;
  if (is_new) {
    bounds_ = info.bounds;
  }
  return is_new;
}

void ClassicBuckets::prepare_native(const NativeBuckets& native) {
  native_ = native;
  const std::vector<double> positive = shown_bounds(native);
  bounds_.clear();
  if (native.negative) {
    std::transform(positive.rbegin(), positive.rend(), std::back_inserter(bounds_),
                   [](double bound) { return -bound; });
  }
  bounds_.insert(bounds_.end(), positive.begin(), positive.end());

  const auto bucket_to = [&](double bound) {
    const auto found = std::lower_bound(bounds_.begin(), bounds_.end(), bound);
    return static_cast<std::uint32_t>(found - bounds_.begin());
  };
  const auto infinite = static_cast<std::uint32_t>(bounds_.size());
  bucket_of_cell_ = {bucket_to(positive.front())};
  for (std::int32_t index = native.first_index; index <= native.last_index(); ++index) {
    bucket_of_cell_.push_back(bucket_to(native_bound(native.schema, index)));
  }
  bucket_of_cell_.push_back(infinite);
  if (native.negative) {
    // A negative bucket has its outer bound within, a classic one the one nearer to 0: what is
    // exactly at a bound is shown in the bucket above it.
    for (std::int32_t index = native.first_index; index <= native.last_index(); ++index) {
      bucket_of_cell_.push_back(bucket_to(-native_bound(native.schema, index - 1)));
    }
    bucket_of_cell_.push_back(0);
  }
}

std::span<const model::Ticks> ClassicBuckets::of(const model::HistogramValue& value) {
  if (!native_) {
    return value.buckets.size() == bounds_.size() + 1 ? std::span(value.buckets)
                                                      : std::span<const model::Ticks>();
  }
  if (value.native.size() != bucket_of_cell_.size()) {
    return {};
  }
  made_.assign(bounds_.size() + 1, 0);
  for (std::size_t cell = 0; cell < value.native.size(); ++cell) {
    made_[bucket_of_cell_[cell]] += value.native[cell];
  }
  return made_;
}

}  // namespace shmx::render
