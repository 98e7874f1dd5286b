// Samples rendered per second, on the same families (1,500 counters and 500 histograms of 11
// bounds, with three labels and the job): lines of text 0.0.4 and OpenMetrics beside
// prometheus-cpp's TextSerializer; protobuf beside its own objects, made of the model and
// serialized.
#include <benchmark/benchmark.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/delimited_message_util.h>
#include <metrics.pb.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "agent/render/format.h"

namespace {

using shmx::Labels;
using shmx::model::CounterValue;
using shmx::model::Family;
using shmx::model::FamilyInfo;
using shmx::model::HistogramValue;
using shmx::model::Snapshot;
using shmx::model::Type;

constexpr int kCounters = 1500;
constexpr int kHistograms = 500;
const std::vector<double> kBounds = {.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};

Labels labels(int i) {
  return {{"grpc_method", "Method" + std::to_string(i)},
          {"grpc_service", "shop.v1.Orders"},
          {"grpc_type", "unary"},
          {"job", "orders"}};
}

// Counts of very different sizes, as totals of a fleet's methods are.
std::uint64_t count(int i) {
  return 1 + static_cast<std::uint64_t>(i) * static_cast<std::uint64_t>(i) * 7919;
}

Snapshot ours() {
  FamilyInfo started{"grpc_server_started_total", "RPCs started.", "", Type::counter, 1, {}};
  FamilyInfo handling{"grpc_server_handling_seconds",
                      "Handling time.",
                      "seconds",
                      Type::histogram,
                      1'000'000'000,
                      kBounds};
  Family counters{std::make_shared<FamilyInfo>(started), {}};
  for (int i = 0; i < kCounters; ++i) {
    counters.points.push_back(
        {std::make_shared<shmx::model::Series>(labels(i)), CounterValue{count(i)}});
  }
  Family histograms{std::make_shared<FamilyInfo>(handling), {}};
  for (int i = 0; i < kHistograms; ++i) {
    HistogramValue value;
    value.buckets.assign(kBounds.size() + 1, count(i));
    value.sum = static_cast<shmx::model::Ticks>(count(i)) * 123'456'789;
    histograms.points.push_back({std::make_shared<shmx::model::Series>(labels(i)), value});
  }
  return {{counters, histograms}};
}

std::vector<prometheus::MetricFamily> peers() {
  std::vector<prometheus::MetricFamily> families(2);
  families[0] = {"grpc_server_started_total", "RPCs started.", prometheus::MetricType::Counter, {}};
  families[1] = {
      "grpc_server_handling_seconds", "Handling time.", prometheus::MetricType::Histogram, {}};
  const auto with_labels = [](int i) {
    prometheus::ClientMetric metric;
    for (const auto& [name, value] : labels(i)) {
      metric.label.push_back({name, value});
    }
    return metric;
  };
  for (int i = 0; i < kCounters; ++i) {
    auto metric = with_labels(i);
    metric.counter.value = static_cast<double>(count(i));
    families[0].metric.push_back(metric);
  }
  for (int i = 0; i < kHistograms; ++i) {
    auto metric = with_labels(i);
    std::uint64_t cumulative = 0;
    for (std::size_t b = 0; b <= kBounds.size(); ++b) {
      cumulative += count(i);
      const double bound =
          b < kBounds.size() ? kBounds[b] : std::numeric_limits<double>::infinity();
      metric.histogram.bucket.push_back({cumulative, bound});
    }
    metric.histogram.sample_count = cumulative;
    metric.histogram.sample_sum = static_cast<double>(count(i)) * 0.123456789;
    families[1].metric.push_back(metric);
  }
  return families;
}

double lines(const std::string& page) {
  return static_cast<double>(std::count(page.begin(), page.end(), '\n'));
}

void set_lines(benchmark::State& state, const std::string& page) {
  state.counters["lines_per_second"] = benchmark::Counter(
      lines(page) * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

std::string render(benchmark::State& state, shmx::render::Format format) {
  const Snapshot snapshot = ours();
  std::vector<const Family*> families;
  for (const Family& family : snapshot.families) {
    families.push_back(&family);
  }
  std::string page;
  for (auto _ : state) {  // NOLINT(clang-analyzer-deadcode.DeadStores): the library's loop.
    page.clear();
    shmx::render::append_page({.format = format}, families, page);
    benchmark::DoNotOptimize(page.data());
  }
  return page;
}

void render_ours(benchmark::State& state) {
  set_lines(state, render(state, shmx::render::Format::text));
}

void render_openmetrics(benchmark::State& state) {
  set_lines(state, render(state, shmx::render::Format::openmetrics_1_0_0));
}

void set_metrics(benchmark::State& state) {
  state.counters["metrics_per_second"] =
      benchmark::Counter((kCounters + kHistograms) * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate);
}

void render_protobuf(benchmark::State& state) {
  render(state, shmx::render::Format::protobuf);
  set_metrics(state);
}

void render_peer(benchmark::State& state) {
  const auto families = peers();
  const prometheus::TextSerializer serializer;
  std::string page;
  for (auto _ : state) {  // NOLINT(clang-analyzer-deadcode.DeadStores): the library's loop.
    page = serializer.Serialize(families);
    benchmark::DoNotOptimize(page.data());
  }
  set_lines(state, page);
}

void to_message(const shmx::model::Point& point, const FamilyInfo& info,
                shmx::metrics::Metric& metric) {
  for (const auto& [name, value] : point.series->labels()) {
    shmx::metrics::LabelPair& label = *metric.add_label();
    label.set_name(name);
    label.set_value(value);
  }
  if (const auto* counter = std::get_if<CounterValue>(&point.value)) {
    metric.mutable_counter()->set_value(shmx::model::to_units(counter->ticks, info.ticks_per_unit));
    return;
  }
  const auto& value = std::get<HistogramValue>(point.value);
  shmx::metrics::Histogram& histogram = *metric.mutable_histogram();
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < info.bounds.size(); ++i) {
    cumulative += static_cast<std::uint64_t>(value.buckets[i]);
    shmx::metrics::Bucket& bucket = *histogram.add_bucket();
    bucket.set_cumulative_count(cumulative);
    bucket.set_upper_bound(info.bounds[i]);
  }
  histogram.set_sample_count(cumulative + static_cast<std::uint64_t>(value.buckets.back()));
  histogram.set_sample_sum(shmx::model::to_units(value.sum, info.ticks_per_unit));
}

/// What a renderer with protobuf's classes does for each page. The objects' memory is kept.
void serialize(const Snapshot& snapshot, shmx::metrics::MetricFamily& message, std::string& page) {
  google::protobuf::io::StringOutputStream stream(&page);
  for (const Family& family : snapshot.families) {
    message.Clear();
    message.set_name(family.info->name);
    message.set_help(family.info->help);
    message.set_unit(family.info->unit);
    message.set_type(family.info->type == Type::counter ? shmx::metrics::COUNTER
                                                        : shmx::metrics::HISTOGRAM);
    for (const shmx::model::Point& point : family.points) {
      to_message(point, *family.info, *message.add_metric());
    }
    google::protobuf::util::SerializeDelimitedToZeroCopyStream(message, &stream);
  }
}

void render_protobuf_objects(benchmark::State& state) {
  const Snapshot snapshot = ours();
  shmx::metrics::MetricFamily message;
  std::string page;
  for (auto _ : state) {  // NOLINT(clang-analyzer-deadcode.DeadStores): the library's loop.
    page.clear();
    serialize(snapshot, message, page);
    benchmark::DoNotOptimize(page.data());
  }
  set_metrics(state);
}

BENCHMARK(render_ours);
BENCHMARK(render_openmetrics);
BENCHMARK(render_peer);
BENCHMARK(render_protobuf);
BENCHMARK(render_protobuf_objects);

}  // namespace

BENCHMARK_MAIN();
