#include "agent/model/buckets.h"

#include <algorithm>
#include <iterator>

namespace shmx::model {
namespace {

Bounds common_bounds(const Bounds& a, const Bounds& b) {
  Bounds common;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(common));
  return common;
}

/// For each bucket of `fine` (its last is +Inf's), the bucket of `coarse`, a subset, that holds it.
void map_bounds(const Bounds& fine, const Bounds& coarse, std::vector<std::uint32_t>& map) {
  std::uint32_t bucket = 0;
  for (const double bound : fine) {
    while (bucket < coarse.size() && coarse[bucket] < bound) {
      ++bucket;
    }
    map.push_back(bucket);
  }
  map.push_back(static_cast<std::uint32_t>(coarse.size()));
}

}  // namespace

Buckets buckets_of(const FamilyDescriptor& family) {
  return {family.bounds, family.native};
}

Buckets common(const Buckets& a, const Buckets& b) {
  Buckets both{common_bounds(a.bounds, b.bounds)};
  if (a.native && b.native) {
    both.native = shmx::common(*a.native, *b.native);
  }
  return both;
}

bool keeps_count(const Buckets& fine, const Buckets& coarse) noexcept {
  return coarse.native.has_value() || !fine.native || !fine.is_classic();
}

std::vector<std::uint32_t> slot_map(const Buckets& fine, const Buckets& coarse) {
  std::vector<std::uint32_t> map;
  map.reserve(fine.slots());
  if (fine.is_classic()) {
    map_bounds(fine.bounds, coarse.bounds, map);
    if (!coarse.is_classic()) {
      std::fill(map.begin(), map.end(), kNowhere);
    }
  }
  if (fine.native && coarse.native) {
    for (const std::uint32_t bucket : native_map(*fine.native, *coarse.native)) {
      map.push_back(coarse.classic_slots() + bucket);
    }
  } else if (fine.native) {
    const std::uint32_t infinite = coarse.classic_slots() - 1;
    map.insert(map.end(), fine.native_slots(), fine.is_classic() ? kNowhere : infinite);
  }
  map.push_back(coarse.slots() - 1);
  return map;
}

}  // namespace shmx::model
