// A collector of two tenants, "blue" and "green", with a directory each.
#ifndef SHM_EXPORTER_TESTS_AGENT_MAIN_COLLECTOR_TENANTED_H
#define SHM_EXPORTER_TESTS_AGENT_MAIN_COLLECTOR_TENANTED_H

#include <utility>
#include <vector>

#include "tests/agent/main/collector/collected.h"

namespace shmx::testing {

struct Tenanted {
  /// Starts the agent; what is set before holds.
  void start() {
    CollectorConfig config;
    config.tenants = {blue, green};
    config.directories = others;
    config.on_segment = on_segment;
    config.budget.live = most_segments;
    agent = std::make_unique<Collected>(std::move(config));
  }

  TemporaryDirectory blue_directory;
  TemporaryDirectory green_directory;
  identity::Tenant blue{"blue", blue_directory.path()};
  identity::Tenant green{"green", green_directory.path()};
  std::vector<std::string> others;
  std::function<void(const SegmentEvent&)> on_segment;
  std::uint64_t most_segments = scan::BudgetLimits{}.live;
  std::unique_ptr<Collected> agent;
};

/// A process that has counted x_total to `count`.
inline std::unique_ptr<WriterProcess> counted(const TemporaryDirectory& directory,
                                              const std::string& job, int count) {
  auto writer = std::make_unique<WriterProcess>(directory.path(), job);
  writer->run("counter x x_total");
  writer->run("add x " + std::to_string(count));
  return writer;
}

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_MAIN_COLLECTOR_TENANTED_H
