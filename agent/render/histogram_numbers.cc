// See histogram_numbers.h.
#include "agent/render/histogram_numbers.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "agent/render/classic_buckets.h"

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

std::string le_text(std::span<const double> bounds, std::size_t bucket, DoubleWriter write) {
  if (bucket == bounds.size()) {
    return "+Inf";
  }
  char number[kMaxNumberBytes];
  return {number, write(number, bounds[bucket])};
}

std::shared_ptr<const model::Series> with_le(const model::Series& series, std::string le) {
  Labels labels = series.labels();
  labels.push_back({"le", std::move(le)});
  std::sort(labels.begin(), labels.end());
  return std::make_shared<model::Series>(std::move(labels));
}

struct HistogramNumbers {
  model::Family buckets;
  model::Family sums;
  model::Family counts;
};

HistogramNumbers numbers_of(const model::Family& family, DoubleWriter write) {
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
      numbers.buckets.points.push_back({with_le(*point.series, le_text(classic.bounds(), i, write)),
                                        model::CounterValue{observations}});
    }
    numbers.sums.points.push_back({point.series, model::CounterValue{value->sum}});
    numbers.counts.points.push_back({point.series, model::CounterValue{observations}});
  }
  return numbers;
}

bool is_histogram(const model::Point& point) {
  return std::holds_alternative<model::HistogramValue>(point.value);
}

model::Family others_of(const model::Family& family) {
  model::Family others{family.info, {}};
  std::remove_copy_if(family.points.begin(), family.points.end(), std::back_inserter(others.points),
                      is_histogram);
  return others;
}

}  // namespace

bool has_histograms(const model::Family& family) {
  return std::any_of(family.points.begin(), family.points.end(), is_histogram);
}

std::vector<const model::Family*> as_numbers(std::span<const model::Family* const> parts,
                                             DoubleWriter write, std::deque<model::Family>& made) {
  std::vector<HistogramNumbers> numbers;
  std::vector<const model::Family*> all;
  const auto add = [&](model::Family family) {
    if (!family.points.empty()) {
      all.push_back(&made.emplace_back(std::move(family)));
    }
  };
  for (const model::Family* part : parts) {
    add(others_of(*part));
    numbers.push_back(numbers_of(*part, write));
  }
  for (model::Family HistogramNumbers::*const kind :
       {&HistogramNumbers::buckets, &HistogramNumbers::sums, &HistogramNumbers::counts}) {
    for (HistogramNumbers& of_part : numbers) {
      add(std::move(of_part.*kind));
    }
  }
  return all;
}

std::vector<const model::Family*> with_numbers(std::vector<const model::Family*> families,
                                               DoubleWriter write,
                                               std::deque<model::Family>& made) {
  const auto is_untyped_histogram = [](const model::Family* family) {
    return family->info->type == model::Type::untyped && has_histograms(*family);
  };
  if (std::none_of(families.begin(), families.end(), is_untyped_histogram)) {
    return families;
  }
  std::vector<const model::Family*> all;
  for (const model::Family* const family : families) {
    if (is_untyped_histogram(family)) {
      std::ranges::copy(as_numbers({&family, 1}, write, made), std::back_inserter(all));
    } else {
      all.push_back(family);
    }
  }
  std::ranges::stable_sort(all, {}, [](const model::Family* family) -> const std::string& {
    return family->info->name;
  });
  return all;
}

}  // namespace shmx::render
