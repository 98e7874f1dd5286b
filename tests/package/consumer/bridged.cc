// A program that counts with prometheus-cpp, and publishes that.
#include <prometheus/counter.h>
#include <prometheus/registry.h>
#include <shim/prometheus_bridge.h>

#include <memory>

int main() {
  const auto registry = std::make_shared<prometheus::Registry>();
  prometheus::BuildCounter()
      .Name("jobs_total")
      .Register(*registry)
      .Add({{"queue", "fast"}})
      .Increment(7);
  shmx::PrometheusBridge bridge(registry);
  return bridge.publish() ? 0 : 1;
}
