// Points encoded per second, on the same families (1,500 counters and 500 histograms of 11 bounds,
// with three labels and the job): as OTLP requests by our encoder, and by protobuf's own objects,
// made of the model and serialized.
#include <benchmark/benchmark.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>

#include <memory>
#include <string>
#include <vector>

#include "agent/otlp/encoder.h"

namespace {

namespace proto = opentelemetry::proto::metrics::v1;
using Request = opentelemetry::proto::collector::metrics::v1::ExportMetricsServiceRequest;
using shmx::Labels;
using shmx::model::CounterValue;
using shmx::model::Family;
using shmx::model::FamilyInfo;
using shmx::model::HistogramValue;
using shmx::model::Point;
using shmx::model::Type;

constexpr int kCounters = 1500;
constexpr int kHistograms = 500;
constexpr std::int64_t kStart = 1'700'000'000'000'000'000;
constexpr std::int64_t kNow = kStart + 60'000'000'000;
constexpr std::size_t kMaxRequestBytes = std::size_t{4} << 20;  // receivers' usual limit
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

std::vector<Family> families() {
  Family counters{std::make_shared<FamilyInfo>(FamilyInfo{
                      "grpc_server_started_total", "RPCs started.", "", Type::counter, 1, {}}),
                  {}};
  for (int i = 0; i < kCounters; ++i) {
    counters.points.push_back(
        {std::make_shared<shmx::model::Series>(labels(i)), CounterValue{count(i)}, kStart});
  }
  Family histograms{
      std::make_shared<FamilyInfo>(FamilyInfo{"grpc_server_handling_seconds", "Handling time.",
                                              "seconds", Type::histogram, 1'000'000'000, kBounds}),
      {}};
  for (int i = 0; i < kHistograms; ++i) {
    HistogramValue value;
    value.buckets.assign(kBounds.size() + 1, count(i));
    value.sum = static_cast<shmx::model::Ticks>(count(i)) * 123'456'789;
    histograms.points.push_back({std::make_shared<shmx::model::Series>(labels(i)), value, kStart});
  }
  return {counters, histograms};
}

void set_points(benchmark::State& state) {
  state.counters["points_per_second"] =
      benchmark::Counter((kCounters + kHistograms) * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate);
}

void encode_ours(benchmark::State& state) {
  const std::vector<Family> all = families();
  const std::vector<const Family*> pointers = {&all[0], &all[1]};
  const shmx::otlp::Options options{.resource = {{"host.name", "host-1"}}, .instance = "host-1"};
  for (auto _ : state) {  // NOLINT(clang-analyzer-deadcode.DeadStores): the library's loop.
    shmx::otlp::Encoder encoder(options, pointers, {.unix_ns = kNow});
    while (const auto message = encoder.next(kMaxRequestBytes)) {
      benchmark::DoNotOptimize(message->bytes.data());
    }
  }
  set_points(state);
}

template <typename Holder>
void add_attribute(const std::string& key, const std::string& value, Holder& to) {
  auto& attribute = *to.add_attributes();
  attribute.set_key(key);
  attribute.mutable_value()->set_string_value(value);
}

template <typename DataPoint>
void fill(const Point& from, DataPoint& point) {
  point.set_start_time_unix_nano(static_cast<std::uint64_t>(from.created_unix_ns));
  point.set_time_unix_nano(static_cast<std::uint64_t>(kNow));
  for (const auto& [name, value] : from.series->labels()) {
    if (name != "job") {
      add_attribute(name, value, point);
    }
  }
}

void fill(const Family& family, proto::Metric& metric) {
  metric.set_name(family.info->name);
  metric.set_description(family.info->help);
  if (family.info->type == Type::counter) {
    metric.mutable_sum()->set_is_monotonic(true);
    metric.mutable_sum()->set_aggregation_temporality(proto::AGGREGATION_TEMPORALITY_CUMULATIVE);
  } else {
    metric.set_unit("s");
    metric.mutable_histogram()->set_aggregation_temporality(
        proto::AGGREGATION_TEMPORALITY_CUMULATIVE);
  }
  for (const Point& from : family.points) {
    if (const auto* counter = std::get_if<CounterValue>(&from.value)) {
      proto::NumberDataPoint& point = *metric.mutable_sum()->add_data_points();
      fill(from, point);
      point.set_as_int(static_cast<std::int64_t>(counter->ticks));
      continue;
    }
    const auto& value = std::get<HistogramValue>(from.value);
    proto::HistogramDataPoint& point = *metric.mutable_histogram()->add_data_points();
    fill(from, point);
    point.set_count(static_cast<std::uint64_t>(value.observations()));
    point.set_sum(shmx::model::to_units(value.sum, family.info->ticks_per_unit));
    for (const shmx::model::Ticks bucket : value.buckets) {
      point.add_bucket_counts(static_cast<std::uint64_t>(bucket));
    }
    for (const double bound : family.info->bounds) {
      point.add_explicit_bounds(bound);
    }
  }
}

/// What an exporter with protobuf's classes does for each push. The objects' memory is kept.
void encode_objects(benchmark::State& state) {
  const std::vector<Family> all = families();
  Request request;
  for (auto _ : state) {  // NOLINT(clang-analyzer-deadcode.DeadStores): the library's loop.
    request.Clear();
    proto::ResourceMetrics& resource = *request.add_resource_metrics();
    add_attribute("service.name", "orders", *resource.mutable_resource());
    add_attribute("service.instance.id", "host-1", *resource.mutable_resource());
    add_attribute("host.name", "host-1", *resource.mutable_resource());
    proto::ScopeMetrics& scope = *resource.add_scope_metrics();
    scope.mutable_scope()->set_name("shm_exporter");
    for (const Family& family : all) {
      fill(family, *scope.add_metrics());
    }
    std::string bytes;
    request.SerializeToString(&bytes);
    benchmark::DoNotOptimize(bytes.data());
  }
  set_points(state);
}

BENCHMARK(encode_ours);
BENCHMARK(encode_objects);

}  // namespace

BENCHMARK_MAIN();
