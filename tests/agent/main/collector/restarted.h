// A collector with a state that outlives it, as an agent that is stopped and started again.
#ifndef SHM_EXPORTER_TESTS_AGENT_MAIN_COLLECTOR_RESTARTED_H
#define SHM_EXPORTER_TESTS_AGENT_MAIN_COLLECTOR_RESTARTED_H

#include <sys/mount.h>

#include <chrono>
#include <filesystem>
#include <fstream>
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

class Restarted {
 public:
  /// The state is on a tmpfs of its own, of 256 KiB.
  Restarted() {
    if (::mount("state", state.path().c_str(), "tmpfs", 0, "size=256k,mode=0700") != 0) {
      throw std::runtime_error("mount a tmpfs: run the tests as root");
    }
    restart();
  }
  ~Restarted() {
    stop();
    ::umount2(state.path().c_str(), MNT_DETACH);
  }
  Restarted(const Restarted&) = delete;
  Restarted& operator=(const Restarted&) = delete;

  void stop() { collector.reset(); }

  void restart() {
    stop();
    auto taken = state::Directory::take(state.path());
    if (!taken) {
      throw std::runtime_error(taken.error().message);
    }
    CollectorConfig config;
    config.directories = {directory.path()};
    config.per_process_jobs = per_process_jobs;
    config.limits = limits;
    config.warn = [this](const std::string& line) { log.push_back(line); };
    config.store = std::make_unique<state::Store>(std::move(taken).value(), "this boot");
    collector = std::make_unique<Collector>(std::move(config));
    collector->rescan(now);
  }

  PageValues scrape() {
    auto result = collector->collect(now);
    if (!result) {
      throw std::runtime_error("503: " + result.error().message);
    }
    return values_of(*result.value());
  }

  /// Once the agent has one, as its event loop gets there.
  PageValues first_page() {
    while (!collector->ready()) {
      collector->on_inotify(now);
    }
    return scrape();
  }

  /// Takes every free byte of the state's file system, and gives them back.
  void fill_state() {
    std::ofstream ballast(state.file("ballast"), std::ios::binary);
    const std::string page(4096, 'x');
    while (ballast.write(page.data(), static_cast<std::streamsize>(page.size())).flush()) {
    }
  }
  void empty_state() { std::filesystem::remove(state.file("ballast")); }

  using Clock = std::chrono::system_clock::time_point;

  TemporaryDirectory directory;
  TemporaryDirectory elsewhere;
  TemporaryDirectory state;
  std::set<std::string> per_process_jobs;
  aggregate::Limits limits;
  Collector::Time now{Clock(std::chrono::seconds{1'700'000'000}), std::chrono::hours(1)};
  std::vector<std::string> log;
  std::unique_ptr<Collector> collector;
};

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_MAIN_COLLECTOR_RESTARTED_H
