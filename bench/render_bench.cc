// Lines of text 0.0.4 per second: ours beside prometheus-cpp's TextSerializer, on the same
// families: 1,500 counters and 500 histograms of 11 bounds, with three labels and the job.
#include <benchmark/benchmark.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <string>
#include <vector>

#include "agent/render/text.h"

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

void render_ours(benchmark::State& state) {
  const Snapshot snapshot = ours();
  std::string page;
  for (auto _ : state) {  // NOLINT(clang-analyzer-deadcode.DeadStores): the library's loop.
    page.clear();
    shmx::render::append_text(snapshot, page);
    benchmark::DoNotOptimize(page.data());
  }
  state.counters["lines_per_second"] = benchmark::Counter(
      lines(page) * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

void render_peer(benchmark::State& state) {
  const auto families = peers();
  const prometheus::TextSerializer serializer;
  std::string page;
  for (auto _ : state) {  // NOLINT(clang-analyzer-deadcode.DeadStores): the library's loop.
    page = serializer.Serialize(families);
    benchmark::DoNotOptimize(page.data());
  }
  state.counters["lines_per_second"] = benchmark::Counter(
      lines(page) * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

BENCHMARK(render_ours);
BENCHMARK(render_peer);

}  // namespace

BENCHMARK_MAIN();
