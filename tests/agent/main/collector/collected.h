// A collector on a directory of its own, with a clock that stands still unless told otherwise.
#ifndef SHM_EXPORTER_TESTS_AGENT_MAIN_COLLECTOR_COLLECTED_H
#define SHM_EXPORTER_TESTS_AGENT_MAIN_COLLECTOR_COLLECTED_H

#include <chrono>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "agent/main/collector/collector.h"
#include "tests/agent/testing/page_values.h"
#include "tests/agent/testing/temporary_directory.h"
#include "tests/agent/testing/writer_process.h"

namespace shmx::testing {

class Collected {
 public:
  explicit Collected(std::set<std::string> per_process_jobs = {}) {
    CollectorConfig config;
    config.directories = {directory.path()};
    config.per_process_jobs = std::move(per_process_jobs);
    start(std::move(config));
  }
  /// `directory` is of no use then, unless the configuration names it.
  explicit Collected(CollectorConfig config) { start(std::move(config)); }

  void start(CollectorConfig config) {
    config.warn = [this](const std::string& line) { log.push_back(line); };
    collector = std::make_unique<Collector>(std::move(config));
    collector->rescan(now);
  }

  std::shared_ptr<const model::Snapshot> snapshot() {
    auto result = collector->collect(now);
    if (!result) {
      throw std::runtime_error("503: " + result.error().message);
    }
    return result.value();
  }
  PageValues scrape() { return values_of(*snapshot()); }

  using Clock = std::chrono::system_clock::time_point;

  TemporaryDirectory directory;
  Collector::Time now{Clock(std::chrono::seconds{1'700'000'000}), std::chrono::hours(1)};
  std::vector<std::string> log;
  std::unique_ptr<Collector> collector;
};

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_MAIN_COLLECTOR_COLLECTED_H
