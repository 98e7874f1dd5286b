#include "agent/push/difference.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <variant>
#include <vector>

#include "agent/model/buckets.h"

namespace shmx::push {
namespace {

using model::CounterValue;
using model::HistogramValue;
using model::Ticks;
using Cells = std::vector<Ticks>;

Ticks total_of(const Cells& cells) noexcept {
  return std::accumulate(cells.begin(), cells.end(), Ticks{0});
}

/// Whether it lacks what was there. Single buckets may fall (see difference()), counts do not.
bool fell(const Value& total, const Value& part) {
  if (const auto* const counter = std::get_if<CounterValue>(&total)) {
    return counter->ticks < std::get<CounterValue>(part).ticks;
  }
  const auto& now = std::get<HistogramValue>(total);
  const auto& before = std::get<HistogramValue>(part);
  return total_of(now.buckets) < total_of(before.buckets) ||
         total_of(now.native) < total_of(before.native);
}

bool same_shape(const Value& a, const Value& b) noexcept {
  const auto* const one = std::get_if<HistogramValue>(&a);
  const auto* const other = std::get_if<HistogramValue>(&b);
  return a.index() == b.index() &&
         (one == nullptr || (one->buckets.size() == other->buckets.size() &&
                             one->native.size() == other->native.size()));
}

bool equal_buckets(const model::FamilyInfo& a, const model::FamilyInfo& b) {
  return a.bounds == b.bounds && a.native == b.native;
}

/// The value on the buckets of another family, if those are a coarser view of its own.
bool coarsen(HistogramValue& value, const model::FamilyInfo& from, const model::FamilyInfo& to) {
  const model::Buckets fine{from.bounds, from.native};
  const model::Buckets coarse{to.bounds, to.native};
  if (common(fine, coarse) != coarse || value.buckets.size() != fine.classic_slots() ||
      value.native.size() != fine.native_slots()) {
    return false;
  }
  const std::vector<std::uint32_t> map = slot_map(fine, coarse);
  HistogramValue mapped{Cells(coarse.classic_slots()), value.sum, Cells(coarse.native_slots())};
  for (std::size_t i = 0; i < value.buckets.size() + value.native.size(); ++i) {
    if (map[i] == model::kNowhere) {
      continue;
    }
    const bool classic = i < value.buckets.size();
    Ticks& cell = map[i] < mapped.buckets.size() ? mapped.buckets[map[i]]
                                                 : mapped.native[map[i] - mapped.buckets.size()];
    cell += classic ? value.buckets[i] : value.native[i - value.buckets.size()];
  }
  value = std::move(mapped);
  return true;
}

/// Gives the acknowledged value the shape of the family's, if that can be.
bool fit(model::Acknowledged& last, const std::shared_ptr<const model::FamilyInfo>& info) {
  if (last.info == info) {
    return true;
  }
  if (last.info->ticks_per_unit != info->ticks_per_unit) {
    return false;
  }
  auto* const histogram = std::get_if<HistogramValue>(&last.value);
  if (histogram != nullptr && !equal_buckets(*last.info, *info) &&
      !coarsen(*histogram, *last.info, *info)) {
    return false;
  }
  last.info = info;
  return true;
}

Cells less(const Cells& total, const Cells& part) {
  Cells gained(total.size());
  Ticks debt = 0;
  for (std::size_t i = 0; i < total.size(); ++i) {
    gained[i] = total[i] - part[i];
    debt -= std::min<Ticks>(gained[i], 0);
    gained[i] = std::max<Ticks>(gained[i], 0);
  }
  for (auto cell = gained.rbegin(); debt > 0 && cell != gained.rend(); ++cell) {
    const Ticks held_back = std::min(*cell, debt);
    *cell -= held_back;
    debt -= held_back;
  }
  return gained;
}

void add_cells(Cells& part, const Cells& difference) noexcept {
  for (std::size_t i = 0; i < part.size(); ++i) {
    part[i] += difference[i];
  }
}

bool is_nothing(const Cells& cells) noexcept {
  return std::all_of(cells.begin(), cells.end(), [](Ticks cell) { return cell == 0; });
}

}  // namespace

Continuation continuation(model::Acknowledged& last,
                          const std::shared_ptr<const model::FamilyInfo>& info,
                          const model::Point& point) {
  const bool known = last.created_unix_ns != 0 && point.created_unix_ns != 0;
  // It may move to an earlier time without a restart: when an agent starts, the oldest process that
  // adds to a series says when it began, and another agent had not met that one first.
  if (known && point.created_unix_ns > last.created_unix_ns) {
    return Continuation::restarted;
  }
  // Both are of one type, whatever the families say: one that tenants disagree about is untyped.
  const bool comparable = last.value.index() == point.value.index() && fit(last, info) &&
                          same_shape(point.value, last.value);
  if (comparable && !fell(point.value, last.value)) {
    return Continuation::same_run;
  }
  // Without times a fall means what it means to Prometheus.
  return comparable && !known ? Continuation::restarted : Continuation::incomparable;
}

Value difference(const Value& total, const Value& part) {
  if (const auto* const counter = std::get_if<CounterValue>(&total)) {
    return CounterValue{counter->ticks - std::get<CounterValue>(part).ticks};
  }
  const auto& now = std::get<HistogramValue>(total);
  const auto& before = std::get<HistogramValue>(part);
  return HistogramValue{less(now.buckets, before.buckets), now.sum - before.sum,
                        less(now.native, before.native)};
}

bool is_nothing(const Value& value) {
  if (const auto* const counter = std::get_if<CounterValue>(&value)) {
    return counter->ticks == 0;
  }
  // The sum may be ahead of the buckets by an observation under way: it goes with that.
  const auto& histogram = std::get<HistogramValue>(value);
  return is_nothing(histogram.buckets) && is_nothing(histogram.native);
}

void add(Value& part, const Value& difference) noexcept {
  if (auto* const counter = std::get_if<CounterValue>(&part)) {
    counter->ticks += std::get_if<CounterValue>(&difference)->ticks;
    return;
  }
  auto* const histogram = std::get_if<HistogramValue>(&part);
  const auto* const gained = std::get_if<HistogramValue>(&difference);
  add_cells(histogram->buckets, gained->buckets);
  add_cells(histogram->native, gained->native);
  histogram->sum += gained->sum;
}

}  // namespace shmx::push
