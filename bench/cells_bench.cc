// What one increment and one observation cost through the public handles, beside prometheus-cpp's,
// alone and with a second thread on the same series.
#include <benchmark/benchmark.h>
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <vector>

#include "shim/metrics.h"

namespace {

const std::vector<double>& bounds() {
  static const std::vector<double> value = shmx::HistogramOptions{}.bounds;
  return value;
}

// Latencies that end in different buckets, as a service's do.
double latency(std::size_t i) {
  static constexpr double kLatencies[] = {.0004, .0011, .003, .0042, .007, .009, .02, .12};
  return kLatencies[i % 8];
}

void counter_ours(benchmark::State& state) {
  const shmx::Counter counter =
      shmx::counter("bench_requests_total", "Requests.").labels({{"method", "Get"}});
  for (auto _ : state) {  // NOLINT(clang-analyzer-deadcode.DeadStores): the library's loop.
    counter.add();
  }
}

void histogram_ours(benchmark::State& state) {
  const shmx::Histogram histogram =
      shmx::histogram("bench_seconds", "Latency.").labels({{"method", "Get"}});
  std::size_t i = 0;
  for (auto _ : state) {  // NOLINT(clang-analyzer-deadcode.DeadStores): the library's loop.
    histogram.observe_ticks(static_cast<std::int64_t>(latency(i++) * 1e9));
  }
}

void native_histogram_ours(benchmark::State& state) {
  const shmx::Histogram histogram =
      shmx::histogram("bench_native_seconds", "Latency.", {.buckets = shmx::BucketKind::native})
          .labels({{"method", "Get"}});
  std::size_t i = 0;
  for (auto _ : state) {  // NOLINT(clang-analyzer-deadcode.DeadStores): the library's loop.
    histogram.observe_ticks(static_cast<std::int64_t>(latency(i++) * 1e9));
  }
}

void histogram_both_ours(benchmark::State& state) {
  const shmx::Histogram histogram =
      shmx::histogram("bench_both_seconds", "Latency.", {.buckets = shmx::BucketKind::both})
          .labels({{"method", "Get"}});
  std::size_t i = 0;
  for (auto _ : state) {  // NOLINT(clang-analyzer-deadcode.DeadStores): the library's loop.
    histogram.observe_ticks(static_cast<std::int64_t>(latency(i++) * 1e9));
  }
}

void histogram_double_ours(benchmark::State& state) {
  const shmx::Histogram histogram =
      shmx::histogram("bench_seconds", "Latency.").labels({{"method", "Get"}});
  std::size_t i = 0;
  for (auto _ : state) {  // NOLINT(clang-analyzer-deadcode.DeadStores): the library's loop.
    histogram.observe(latency(i++));
  }
}

prometheus::Registry& peer() {
  static prometheus::Registry registry;
  return registry;
}

prometheus::Counter& peer_counter() {
  static prometheus::Counter& counter = prometheus::BuildCounter()
                                            .Name("bench_requests_total")
                                            .Register(peer())
                                            .Add({{"method", "Get"}});
  return counter;
}

prometheus::Histogram& peer_histogram() {
  static prometheus::Histogram& histogram = prometheus::BuildHistogram()
                                                .Name("bench_seconds")
                                                .Register(peer())
                                                .Add({{"method", "Get"}}, bounds());
  return histogram;
}

void counter_peer(benchmark::State& state) {
  prometheus::Counter& counter = peer_counter();
  for (auto _ : state) {  // NOLINT(clang-analyzer-deadcode.DeadStores): the library's loop.
    counter.Increment();
  }
}

void histogram_peer(benchmark::State& state) {
  prometheus::Histogram& histogram = peer_histogram();
  std::size_t i = 0;
  for (auto _ : state) {  // NOLINT(clang-analyzer-deadcode.DeadStores): the library's loop.
    histogram.Observe(latency(i++));
  }
}

BENCHMARK(counter_ours)->Threads(1)->Threads(2);
BENCHMARK(histogram_ours)->Threads(1)->Threads(2);
BENCHMARK(native_histogram_ours)->Threads(1)->Threads(2);
BENCHMARK(histogram_both_ours)->Threads(1)->Threads(2);
BENCHMARK(histogram_double_ours)->Threads(1)->Threads(2);
BENCHMARK(counter_peer)->Threads(1)->Threads(2);
BENCHMARK(histogram_peer)->Threads(1)->Threads(2);

}  // namespace

BENCHMARK_MAIN();
