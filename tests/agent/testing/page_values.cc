#include "tests/agent/testing/page_values.h"

#include <charconv>
#include <stdexcept>

namespace shmx::testing {
namespace {

void add(PageValues& values, const std::string& name, const std::string& labels, double value) {
  const std::string sample = labels.empty() ? name : name + "{" + labels + "}";
  if (!values.emplace(sample, value).second) {
    throw std::runtime_error("twice on the page: " + sample);
  }
}

std::string le_text(const model::FamilyInfo& info, std::size_t bucket) {
  if (bucket == info.bounds.size()) {
    return "+Inf";
  }
  char text[32];
  const auto end = std::to_chars(text, text + sizeof(text), info.bounds[bucket]);
  return {text, end.ptr};
}

void add_histogram(PageValues& values, const model::FamilyInfo& info, const std::string& labels,
                   const model::HistogramValue& histogram) {
  model::Ticks count = 0;
  for (std::size_t i = 0; i < histogram.buckets.size(); ++i) {
    count += histogram.buckets[i];
    add(values, info.name + "_bucket", labels + ",le=\"" + le_text(info, i) + "\"",
        model::to_units(count, 1));
  }
  add(values, info.name + "_count", labels, model::to_units(count, 1));
  add(values, info.name + "_sum", labels, model::to_units(histogram.sum, info.ticks_per_unit));
}

const model::FamilyInfo* find(const model::Snapshot& snapshot, const std::string& name) {
  for (const model::Family& family : snapshot.families) {
    if (family.info->name == name) {
      return family.info.get();
    }
  }
  return nullptr;
}

}  // namespace

PageValues values_of(const model::Snapshot& snapshot) {
  PageValues values;
  for (const model::Family& family : snapshot.families) {
    for (const model::Point& point : family.points) {
      const std::string& labels = point.series->label_block();
      if (const auto* counter = std::get_if<model::CounterValue>(&point.value)) {
        add(values, family.info->name, labels,
            model::to_units(counter->ticks, family.info->ticks_per_unit));
      } else if (const auto* gauge = std::get_if<model::GaugeValue>(&point.value)) {
        add(values, family.info->name, labels, gauge->value);
      } else {
        add_histogram(values, *family.info, labels, std::get<model::HistogramValue>(point.value));
      }
    }
  }
  return values;
}

std::optional<model::Type> type_of(const model::Snapshot& snapshot, const std::string& name) {
  const model::FamilyInfo* const info = find(snapshot, name);
  return info == nullptr ? std::nullopt : std::optional(info->type);
}

std::optional<std::string> help_of(const model::Snapshot& snapshot, const std::string& name) {
  const model::FamilyInfo* const info = find(snapshot, name);
  return info == nullptr ? std::nullopt : std::optional(info->help);
}

}  // namespace shmx::testing
