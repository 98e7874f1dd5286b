// See top_latency.h.
#include "agent/tool/top_latency.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace shmx::tool::top {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double upper_bound(const feed::Histogram& histogram, std::size_t bucket) {
  return bucket < histogram.bounds.size() ? histogram.bounds[bucket] : kInfinity;
}

/// How many observations are below a bound; asked for ascending ones.
class Cumulative {
 public:
  explicit Cumulative(const feed::Histogram* histogram) : histogram_(histogram) {}

  std::uint64_t up_to(double bound) {
    while (histogram_ != nullptr && next_ < histogram_->counts.size() &&
           upper_bound(*histogram_, next_) <= bound) {
      sum_ += histogram_->counts[next_++];
    }
    return sum_;
  }

 private:
  const feed::Histogram* histogram_;
  std::size_t next_ = 0;
  std::uint64_t sum_ = 0;
};

}  // namespace

void add_difference(Observations& sum, const feed::Histogram* before, const feed::Histogram& now) {
  Cumulative earlier(before);
  std::uint64_t counted = 0;  // by now
  double added = 0;
  for (std::size_t bucket = 0; bucket < now.counts.size(); ++bucket) {
    const double bound = upper_bound(now, bucket);
    counted += now.counts[bucket];
    const double grown = static_cast<double>(counted) - static_cast<double>(earlier.up_to(bound));
    // Buckets that were divided otherwise before may seem to have lost some.
    const double observed = std::max(0.0, grown - added);
    sum[bound] += observed;
    added += observed;
  }
}

std::optional<Quantile> quantile(const Observations& observations, double q) {
  double total = 0;
  for (const auto& [bound, count] : observations) {
    total += count;
  }
  if (total == 0) {
    return {};
  }
  const double rank = q * total;
  double below = 0;
  double lower = 0;
  for (const auto& [bound, count] : observations) {
    if (count > 0 && below + count >= rank && std::isfinite(bound)) {
      return Quantile{lower + (bound - lower) * (rank - below) / count, false};
    }
    if (std::isfinite(bound)) {
      below += count;
      lower = bound;
    }
  }
  return observations.size() > 1 ? std::optional(Quantile{lower, true}) : std::nullopt;
}

}  // namespace shmx::tool::top
