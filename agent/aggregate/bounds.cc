#include "agent/aggregate/bounds.h"

#include <algorithm>
#include <iterator>

namespace shmx::aggregate {

Bounds common_bounds(const Bounds& a, const Bounds& b) {
  Bounds common;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(common));
  return common;
}

std::vector<std::uint32_t> bucket_map(const Bounds& fine, const Bounds& coarse) {
  std::vector<std::uint32_t> map;
  map.reserve(fine.size() + 1);
  std::uint32_t bucket = 0;
  for (const double bound : fine) {
    while (bucket < coarse.size() && coarse[bucket] < bound) {
      ++bucket;
    }
    map.push_back(bucket);
  }
  map.push_back(static_cast<std::uint32_t>(coarse.size()));
  return map;
}

}  // namespace shmx::aggregate
