#include "tests/agent/push/receiver/ledger.h"

#include <algorithm>

namespace shmx::testing {
namespace {

using Buckets = std::map<std::int32_t, std::uint64_t>;

bool same(const Point& a, const Point& b) {
  return a.kind == b.kind && a.temporality == b.temporality && a.start_ns == b.start_ns &&
         a.time_ns == b.time_ns && a.value == b.value && a.count == b.count &&
         a.bounds == b.bounds && a.buckets == b.buckets && a.scale == b.scale &&
         a.zero_count == b.zero_count && a.positive == b.positive && a.negative == b.negative;
}

/// At a lower scale: each step joins buckets by twos, and index i becomes i/2 rounded down.
Buckets at_scale(const Buckets& buckets, int from, int to) {
  Buckets coarser;
  for (const auto& [index, count] : buckets) coarser[index >> (from - to)] += count;
  return coarser;
}

bool falls(const Buckets& before, const Buckets& now) {
  return std::any_of(before.begin(), before.end(), [&](const auto& bucket) {
    const auto found = now.find(bucket.first);
    return found == now.end() || found->second < bucket.second;
  });
}

/// Observations below zero let a sum fall.
bool only_positive(const Point& point) {
  return point.negative.empty() && (point.bounds.empty() || point.bounds.front() >= 0);
}

bool falls(const Point& before, const Point& now) {
  if (now.kind == Point::Kind::gauge || !now.monotonic) return false;
  if (now.count < before.count || now.zero_count < before.zero_count) return true;
  if (only_positive(now) && now.value < before.value) return true;
  if (now.bounds == before.bounds) {
    for (std::size_t i = 0; i < std::min(now.buckets.size(), before.buckets.size()); ++i) {
      if (now.buckets[i] < before.buckets[i]) return true;
    }
  }
  if (now.scale > before.scale) return false;  // its buckets cannot be compared
  return falls(at_scale(before.positive, before.scale, now.scale), now.positive) ||
         falls(at_scale(before.negative, before.scale, now.scale), now.negative);
}

void add(Point& sum, const Point& interval) {
  sum.time_ns = interval.time_ns;
  sum.value += interval.value;
  sum.count += interval.count;
  if (sum.bounds.empty() && sum.buckets.empty()) {
    sum.bounds = interval.bounds;
    sum.buckets.resize(interval.buckets.size());
  }
  for (std::size_t i = 0; i < std::min(sum.buckets.size(), interval.buckets.size()); ++i) {
    sum.buckets[i] += interval.buckets[i];
  }
  const auto scale = std::min(sum.scale, interval.scale);
  for (const auto side : {&Point::positive, &Point::negative}) {
    sum.*side = at_scale(sum.*side, sum.scale, scale);
    for (const auto& [index, count] : at_scale(interval.*side, interval.scale, scale)) {
      (sum.*side)[index] += count;
    }
  }
  sum.scale = scale;
  sum.zero_count += interval.zero_count;
  sum.exemplars.insert(sum.exemplars.end(), interval.exemplars.begin(), interval.exemplars.end());
}

std::optional<std::string> contradiction(const Point& before, const Point& now) {
  if (now.kind != before.kind || now.temporality != before.temporality) return "changes its kind";
  if (same(before, now)) return std::nullopt;
  if (now.time_ns < before.time_ns) return "time runs back";
  if (now.kind == Point::Kind::gauge) return std::nullopt;
  if (now.temporality == Point::Temporality::delta) {
    if (now.start_ns < before.time_ns) return "intervals overlap";
    if (now.bounds != before.bounds && now.start_ns == before.time_ns) return "bounds change";
    return std::nullopt;
  }
  if (now.start_ns < before.start_ns) return "its start runs back";
  if (now.start_ns == before.start_ns && falls(before, now)) return "falls within one start time";
  return std::nullopt;
}

bool includes(const Attributes& all, const Attributes& some) {
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

}  // namespace

std::vector<std::string> Ledger::contradictions(const std::vector<StreamPoint>& points) const {
  std::vector<std::string> sentences;
  for (const auto& [stream, point] : points) {
    const bool delta = point.temporality == Point::Temporality::delta;
    const auto& known = delta ? last_ : streams_;
    const auto found = known.find(stream);
    if (found == known.end()) continue;
    if (const auto why = contradiction(found->second, point)) {
      sentences.push_back(text_of(stream) + ": " + *why);
    }
  }
  return sentences;
}

void Ledger::record(const std::vector<StreamPoint>& points, std::size_t rejected) {
  std::size_t left = points.size();
  for (const auto& [stream, point] : points) {
    const bool kept = left-- > rejected;
    if (point.temporality != Point::Temporality::delta) {
      const auto found = streams_.find(stream);
      if (found != streams_.end() && same(found->second, point)) ++repeats_;
      if (kept) streams_[stream] = point;
      continue;
    }
    const auto last = last_.find(stream);
    if (last != last_.end() && same(last->second, point)) {
      ++repeats_;
      continue;
    }
    if (last != last_.end() && point.start_ns > last->second.time_ns) {
      gaps_.push_back(text_of(stream));
    }
    last_[stream] = point;
    if (!kept) continue;
    const auto [sum, is_new] = streams_.try_emplace(stream, point);
    if (!is_new) add(sum->second, point);
  }
}

std::optional<double> Ledger::total(const std::string& metric, const Attributes& attributes,
                                    const Attributes& resource) const {
  std::optional<double> total;
  for (const auto& [stream, point] : streams_) {
    if (stream.metric != metric || !includes(stream.attributes, attributes) ||
        !includes(stream.resource, resource)) {
      continue;
    }
    const bool number = point.kind == Point::Kind::gauge || point.kind == Point::Kind::sum;
    total = total.value_or(0) + (number ? point.value : static_cast<double>(point.count));
  }
  return total;
}

}  // namespace shmx::testing
