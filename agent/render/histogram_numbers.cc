// See histogram_numbers.h.
#include "agent/render/histogram_numbers.h"

#include <algorithm>
#include <string>
#include <utility>

#include "agent/render/classic_buckets.h"
#include "agent/render/numbers.h"

namespace shmx::render {
namespace {

model::Family like(const model::FamilyInfo& info, const char* suffix,
                   std::uint64_t ticks_per_unit) {
  auto made = std::make_shared<model::FamilyInfo>();
  made->name = info.name + suffix;
  made->help = info.help;
  made->ticks_per_unit = ticks_per_unit;
  return {std::move(made), {}};
}

std::string le_text(std::span<const double> bounds, std::size_t bucket) {
  if (bucket == bounds.size()) {
    return "+Inf";
  }
  char number[kMaxNumberBytes];
  return {number, write_float(number, bounds[bucket])};
}

std::shared_ptr<const model::Series> with_le(const model::Series& series, std::string le) {
  Labels labels = series.labels();
  labels.push_back({"le", std::move(le)});
  std::sort(labels.begin(), labels.end());
  return std::make_shared<model::Series>(std::move(labels));
}

}  // namespace

HistogramNumbers histogram_numbers(const model::Family& family) {
  const model::FamilyInfo& info = *family.info;
  HistogramNumbers numbers{like(info, "_bucket", 1), like(info, "_sum", info.ticks_per_unit),
                           like(info, "_count", 1)};
  ClassicBuckets classic;
  classic.prepare(info);
  for (const model::Point& point : family.points) {
    const auto* value = std::get_if<model::HistogramValue>(&point.value);
    const std::span<const model::Ticks> buckets =
        value == nullptr ? std::span<const model::Ticks>() : classic.of(*value);
    if (buckets.empty()) {
      continue;
    }
    model::Ticks observations = 0;
    for (std::size_t i = 0; i < buckets.size(); ++i) {
      observations += buckets[i];
      numbers.buckets.points.push_back({with_le(*point.series, le_text(classic.bounds(), i)),
                                        model::CounterValue{observations}});
    }
    numbers.sums.points.push_back({point.series, model::CounterValue{value->sum}});
    numbers.counts.points.push_back({point.series, model::CounterValue{observations}});
  }
  return numbers;
}

}  // namespace shmx::render
