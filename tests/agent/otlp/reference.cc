#include "tests/agent/otlp/reference.h"

#include <algorithm>
#include <cctype>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace shmx::otlp {
namespace {

using model::Ticks;

std::uint64_t saturated(Ticks count) {
  constexpr Ticks kMax = std::numeric_limits<std::uint64_t>::max();
  return static_cast<std::uint64_t>(std::min(count, kMax));
}

std::string unhex(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

bool is_id(const Label& label) {
  const std::size_t digits = label.name == "trace_id" ? 32 : label.name == "span_id" ? 16 : 0;
  return digits != 0 && label.value.size() == digits &&
         std::all_of(label.value.begin(), label.value.end(),
                     [](unsigned char digit) { return std::isxdigit(digit) != 0; });
}

void add(const Label& label, Attributes& to) {
  auto& attribute = *to.Add();
  attribute.set_key(label.name);
  attribute.mutable_value()->set_string_value(label.value);
}

/// What all kinds of points have in the same way.
template <typename Point>
void fill(const Labels& attributes, const model::Point& from, const Choice& choice, bool has_start,
          Point& point) {
  for (const Label& label : attributes) {
    add(label, *point.mutable_attributes());
  }
  const std::int64_t start = has_start ? from.created_unix_ns : 0;
  point.set_start_time_unix_nano(static_cast<std::uint64_t>(start));
  point.set_time_unix_nano(static_cast<std::uint64_t>(std::max(start, choice.unix_ns)));
  for (const model::Exemplar& exemplar : from.exemplars) {
    auto& made = *point.add_exemplars();
    made.set_time_unix_nano(static_cast<std::uint64_t>(exemplar.unix_ns));
    made.set_as_double(exemplar.value);
    for (const Label& label : exemplar.labels) {
      if (!is_id(label)) {
        add(label, *made.mutable_filtered_attributes());
      } else if (label.name == "span_id") {
        made.set_span_id(unhex(label.value));
      } else {
        made.set_trace_id(unhex(label.value));
      }
    }
  }
}

void fill_side(const NativeBuckets& native, std::span<const Ticks> cells,
               proto::ExponentialHistogramDataPoint::Buckets& side) {
  std::map<std::int32_t, Ticks> by_index;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i] != 0) {
      by_index[native.first_index + static_cast<std::int32_t>(i)] = cells[i];
    }
  }
  side.set_offset(by_index.begin()->first - 1);
  for (auto index = by_index.begin()->first; index <= by_index.rbegin()->first; ++index) {
    side.add_bucket_counts(saturated(by_index[index]));
  }
}

bool is_empty(std::span<const Ticks> cells) {
  return std::all_of(cells.begin(), cells.end(), [](Ticks cell) { return cell == 0; });
}

void fill_exponential(const model::FamilyInfo& info, const model::HistogramValue& value,
                      proto::ExponentialHistogramDataPoint& point) {
  const NativeBuckets& native = *info.native;
  point.set_count(saturated(value.observations()));
  point.set_sum(model::to_units(value.sum, info.ticks_per_unit));
  point.set_scale(native.schema);
  point.set_zero_count(saturated(value.native[0]));
  point.set_zero_threshold(zero_threshold(native));
  const std::span<const Ticks> cells = value.native;
  const auto positive = cells.subspan(1, native.count + 1);
  const auto negative = cells.subspan(native.count + 2);
  if (!is_empty(positive)) {
    fill_side(native, positive, *point.mutable_positive());
  }
  if (!is_empty(negative)) {
    fill_side(native, negative, *point.mutable_negative());
  }
}

void fill_explicit(const model::FamilyInfo& info, const model::HistogramValue& value,
                   proto::HistogramDataPoint& point) {
  point.set_count(saturated(value.observations()));
  point.set_sum(model::to_units(value.sum, info.ticks_per_unit));
  for (const Ticks bucket : value.buckets) {
    point.add_bucket_counts(saturated(bucket));
  }
  for (const double bound : info.bounds) {
    point.add_explicit_bounds(bound);
  }
}

void fill_data(const Options& options, const model::FamilyInfo& info, const model::Point& from,
               const Labels& attributes, const Choice& choice, proto::Metric& metric) {
  const auto temporality = choice.temporality == Temporality::delta
                               ? proto::AGGREGATION_TEMPORALITY_DELTA
                               : proto::AGGREGATION_TEMPORALITY_CUMULATIVE;
  const auto* const counter = std::get_if<model::CounterValue>(&from.value);
  if (const auto* const value = std::get_if<model::HistogramValue>(&from.value)) {
    if (!value->native.empty() &&
        (value->buckets.empty() || options.histograms == Histograms::exponential)) {
      auto& data = *metric.mutable_exponential_histogram();
      data.set_aggregation_temporality(temporality);
      fill(attributes, from, choice, true, *data.add_data_points());
      fill_exponential(info, *value, *data.mutable_data_points(0));
    } else {
      auto& data = *metric.mutable_histogram();
      data.set_aggregation_temporality(temporality);
      fill(attributes, from, choice, true, *data.add_data_points());
      fill_explicit(info, *value, *data.mutable_data_points(0));
    }
  } else if (info.type == model::Type::counter) {
    auto& data = *metric.mutable_sum();
    data.set_aggregation_temporality(temporality);
    data.set_is_monotonic(true);
    auto& point = *data.add_data_points();
    fill(attributes, from, choice, true, point);
    if (info.ticks_per_unit == 1 && counter->ticks <= std::numeric_limits<std::int64_t>::max()) {
      point.set_as_int(static_cast<std::int64_t>(counter->ticks));
    } else {
      point.set_as_double(model::to_units(counter->ticks, info.ticks_per_unit));
    }
  } else {
    auto& point = *metric.mutable_gauge()->add_data_points();
    fill(attributes, from, choice, false, point);
    point.set_as_double(counter != nullptr ? model::to_units(counter->ticks, info.ticks_per_unit)
                                           : std::get<model::GaugeValue>(from.value).value);
  }
}

/// For the two units that models have.
std::string unit_of(const model::FamilyInfo& info) {
  std::string name = info.name;
  if (info.type == model::Type::counter && name.ends_with("_total")) {
    name.resize(name.size() - std::string_view("_total").size());
  }
  const bool names_unit = !info.unit.empty() && name.ends_with("_" + info.unit);
  return !names_unit ? "" : info.unit == "seconds" ? "s" : info.unit == "bytes" ? "By" : "unknown";
}

/// Takes the label out of the labels.
std::optional<std::string> take(std::string_view name, Labels& labels) {
  const auto label = std::find_if(labels.begin(), labels.end(),
                                  [=](const Label& candidate) { return candidate.name == name; });
  if (label == labels.end()) {
    return {};
  }
  std::string value = label->value;
  labels.erase(label);
  return value;
}

bool is_chosen(const std::vector<std::string>& names, const std::string& name) {
  return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

using Process = std::pair<std::optional<std::string>, std::optional<std::string>>;  // job, pid

proto::ResourceMetrics resource_of(const Options& options, const Process& process) {
  const auto& [job, pid] = process;
  const std::string instance =
      options.instance + (job == options.own_service ? ":services" : "") + (pid ? ":" + *pid : "");
  Labels own = {{"service.name", job.value_or(options.own_service)}};
  if (!instance.empty()) {
    own.push_back({"service.instance.id", instance});
  }
  own.insert(own.end(), options.resource.begin(), options.resource.end());
  proto::ResourceMetrics resource;
  std::set<std::string> keys;
  for (const Label& label : own) {
    if (keys.insert(label.name).second) {
      add(label, *resource.mutable_resource()->mutable_attributes());
    }
  }
  return resource;
}

}  // namespace

std::vector<std::string> expected_streams(const Options& options,
                                          std::span<const model::Family* const> families,
                                          const Choice& choice) {
  std::map<Process, std::vector<std::string>> by_process;
  for (const model::Family* family : families) {
    for (const model::Point& point : family->points) {
      Labels labels = point.series->labels();
      const auto job = take("job", labels);
      const auto pid =
          job && options.per_process_jobs.contains(*job) ? take("pid", labels) : std::nullopt;
      if (!is_chosen(choice.metrics, family->info->name) ||
          !is_chosen(choice.jobs, job.value_or(options.own_service))) {
        continue;
      }
      proto::Metric metric;
      metric.set_name(family->info->name);
      metric.set_description(family->info->help);
      metric.set_unit(unit_of(*family->info));
      fill_data(options, *family->info, point, labels, choice, metric);
      by_process[{job, pid}].push_back(stream(resource_of(options, {job, pid}), metric));
    }
  }
  std::vector<std::string> all;
  for (const auto& [process, some] : by_process) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

}  // namespace shmx::otlp
