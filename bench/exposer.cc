// The peer for requests per second: prometheus-cpp's Exposer with the families that
// segments_holder's processes have, as many series of as many jobs. Prints where it listens, and
// serves until its standard input ends.
//   exposer JOBS SERIES
#include <prometheus/counter.h>
#include <prometheus/exposer.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: exposer JOBS SERIES\n");
    return 2;
  }
  const auto registry = std::make_shared<prometheus::Registry>();
  auto& started = prometheus::BuildCounter()
                      .Name("grpc_server_started_total")
                      .Help("RPCs started.")
                      .Register(*registry);
  auto& handling = prometheus::BuildHistogram()
                       .Name("grpc_server_handling_seconds")
                       .Help("Handling time.")
                       .Register(*registry);
  for (int job = 0; job < std::atoi(argv[1]); ++job) {
    for (int i = 0; i < std::atoi(argv[2]); ++i) {
      const prometheus::Labels labels = {{"grpc_method", "Method" + std::to_string(i)},
                                         {"grpc_service", "shop.v1.Orders"},
                                         {"grpc_type", "unary"},
                                         {"job", "orders" + std::to_string(job)}};
      if (i % 4 != 0) {
        started.Add(labels).Increment(1 + i * 7919.0);
        continue;
      }
      auto& histogram = handling.Add(labels, prometheus::Histogram::BucketBoundaries{
                                                 .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10});
      for (int n = 0; n < 20; ++n) histogram.Observe(n * 0.6);
    }
  }
  prometheus::Exposer exposer("127.0.0.1:0");
  exposer.RegisterCollectable(registry);
  std::printf("127.0.0.1:%d\n", exposer.GetListeningPorts().front());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}
