// The agent's own metrics: a prometheus-cpp registry and what is read at each scrape, as families
// for the same page as everybody's. Thread-safe.
//
//   SelfMetrics self({.version = "1.2.3"}, "/proc");
//   self.count_request("/metrics", 200);              // each request, when it is answered
//   self.observe_scrape(duration_seconds);            // each collection, with all its pages
//   model::Page page(snapshot, self.collect(collector.statistics()));  // and render it
#ifndef SHM_EXPORTER_AGENT_SELF_SELF_METRICS_H
#define SHM_EXPORTER_AGENT_SELF_SELF_METRICS_H

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/aggregate/statistics.h"
#include "agent/model/model.h"
#include "agent/self/access_metrics.h"
#include "agent/self/feed_metrics.h"
#include "agent/self/job_processes.h"
#include "agent/self/push_metrics.h"

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

  /// What was asked for together was collected, rendered and compressed. It shows on the next page,
  /// as all of these do.
  void observe_scrape(double duration_seconds);

  /// A page was rendered, or compressed. `format` is one of few, as a person would say it.
  void observe_page(std::string_view format, std::size_t bytes);
  void observe_compressed_page(std::string_view format, std::size_t bytes);

  /// A client got a page.
  void count_page(std::string_view format, std::string_view encoding);

  /// A client got none, for this reason.
  enum class Refusal { timeout, held_bytes, failure };
  void count_refusal(Refusal reason);

  /// How many bytes of pages responses hold that are not sent yet.
  void set_held_bytes(std::size_t bytes);

  /// From now on the families of a push (of one tenant's numbers, or of all), or of the feed, are
  /// on every page. Each once, before another thread knows this; what is returned lives as long as
  /// this.
  PushMetrics& enable_push(const std::string& tenant = {});
  FeedMetrics& enable_feed();
  AccessMetrics& access() noexcept { return *access_; }

  /// The process_* metrics of jobs. Only for the thread that collects.
  JobProcesses& job_processes() noexcept { return job_processes_; }

  /// Called at the beginning of each collect(): for numbers that somebody else keeps. Once, before
  /// another thread knows this.
  void before_collect(std::function<void()> ask) { before_collect_ = std::move(ask); }

  /// All of the agent's own families, ordered by name.
  std::vector<model::Family> collect(const aggregate::Statistics& statistics) const;

 private:
  struct Registered;
  std::filesystem::path proc_;
  JobProcesses job_processes_;
  std::int64_t began_unix_ns_;  ///< this process: when its counters were 0
  std::unique_ptr<Registered> registered_;
  std::vector<std::unique_ptr<PushMetrics>> pushes_;
  std::unique_ptr<FeedMetrics> feed_;
  std::unique_ptr<AccessMetrics> access_;
  std::function<void()> before_collect_;
};

}  // namespace shmx::self

#endif  // SHM_EXPORTER_AGENT_SELF_SELF_METRICS_H
