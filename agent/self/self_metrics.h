// The agent's own metrics: a prometheus-cpp registry and what is read at each scrape, as families
// for the same page as everybody's. Thread-safe.
//
//   SelfMetrics self({.version = "1.2.3"}, "/proc");
//   self.count_request("/metrics", 200);              // each request, when it is answered
//   self.observe_scrape(duration_seconds, page_bytes);  // each page, when it is rendered
//   model::Page page(snapshot, self.collect(collector.statistics()));  // and render it
#ifndef SHM_EXPORTER_AGENT_SELF_SELF_METRICS_H
#define SHM_EXPORTER_AGENT_SELF_SELF_METRICS_H

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/aggregate/statistics.h"
#include "agent/model/model.h"

namespace shmx::self {

/// The labels of shm_exporter_build_info; empty ones are left out.
struct BuildInfo {
  std::string version;
  std::string revision;
  std::string compiler;
};

class SelfMetrics {
 public:
  /// `proc` is where procfs is mounted.
  SelfMetrics(const BuildInfo& build, std::filesystem::path proc);
  ~SelfMetrics();
  SelfMetrics(const SelfMetrics&) = delete;
  SelfMetrics& operator=(const SelfMetrics&) = delete;

  /// A request was answered. `handler` is a route, never what a client sent: each value is a series
  /// for ever.
  void count_request(std::string_view handler, int code);

  /// A page was collected and rendered. It shows on the next one.
  void observe_scrape(double duration_seconds, std::size_t page_bytes);

  /// All of the agent's own families, ordered by name.
  std::vector<model::Family> collect(const aggregate::Statistics& statistics) const;

 private:
  struct Registered;
  std::filesystem::path proc_;
  std::unique_ptr<Registered> registered_;
};

}  // namespace shmx::self

#endif  // SHM_EXPORTER_AGENT_SELF_SELF_METRICS_H
