// The registry, and putting the sources together; see self_metrics.h.
#include "agent/self/self_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <array>
#include <utility>

#include "agent/self/convert.h"
#include "agent/self/process.h"
#include "agent/self/statistics_families.h"

namespace shmx::self {
namespace {

/// From a page of one job to one of a million samples.
const prometheus::Histogram::BucketBoundaries kScrapeSeconds = {
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

/// In the order of SelfMetrics::Refusal.
constexpr std::array kRefusals = {"timeout", "held_bytes", "failure"};

prometheus::Labels labels_of(const BuildInfo& build) {
  prometheus::Labels labels = {{"version", build.version}};
  if (!build.revision.empty()) {
    labels.emplace("revision", build.revision);
  }
  if (!build.compiler.empty()) {
    labels.emplace("compiler", build.compiler);
  }
  return labels;
}

}  // namespace

struct SelfMetrics::Registered {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Gauge>& build_info =
      prometheus::BuildGauge()
          .Name("shm_exporter_build_info")
          .Help("Constant 1, labelled with what this exporter was built from.")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& requests =
      prometheus::BuildCounter()
          .Name("shm_exporter_http_requests_total")
          .Help("HTTP requests answered, by handler and status code.")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& pages =
      prometheus::BuildCounter()
          .Name("shm_exporter_pages_total")
          .Help("Pages of metrics that clients were given, by format and content encoding.")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& refusals =
      prometheus::BuildCounter()
          .Name("shm_exporter_scrapes_refused_total")
          .Help(
              "Scrapes answered 503: the client's timeout, too much memory held by responses, or "
              "a failure to collect or render.")
          .Register(registry);
  prometheus::Histogram& scrape_duration =
      prometheus::BuildHistogram()
          .Name("shm_exporter_scrape_duration_seconds")
          .Help("Time to collect, and to render and compress what was asked for together.")
          .Register(registry)
          .Add({}, kScrapeSeconds);
  prometheus::Family<prometheus::Gauge>& page_bytes =
      prometheus::BuildGauge()
          .Name("shm_exporter_page_size_bytes")
          .Help("Size of the last page rendered in each format, uncompressed.")
          .Register(registry);
  prometheus::Family<prometheus::Gauge>& compressed_bytes =
      prometheus::BuildGauge()
          .Name("shm_exporter_page_compressed_size_bytes")
          .Help("Size of the last page compressed in each format.")
          .Register(registry);
  prometheus::Gauge& held_bytes =
      prometheus::BuildGauge()
          .Name("shm_exporter_held_page_bytes")
          .Help("Memory of pages whose responses were not sent completely when this one was made.")
          .Register(registry)
          .Add({});
};

SelfMetrics::SelfMetrics(const BuildInfo& build, std::filesystem::path proc)
    : proc_(std::move(proc)),
      job_processes_(proc_),
      began_unix_ns_(
          static_cast<std::int64_t>(read_process(proc_).start_time_seconds.value_or(0) * 1e9)),
      registered_(std::make_unique<Registered>()),
      access_(std::make_unique<AccessMetrics>(registered_->registry)) {
  registered_->build_info.Add(labels_of(build)).Set(1);
  for (const char* reason : kRefusals) {
    registered_->refusals.Add({{"reason", reason}});
  }
}

SelfMetrics::~SelfMetrics() = default;

void SelfMetrics::count_request(std::string_view handler, int code) {
  registered_->requests.Add({{"handler", std::string(handler)}, {"code", std::to_string(code)}})
      .Increment();
}

void SelfMetrics::observe_scrape(double duration_seconds) {
  registered_->scrape_duration.Observe(duration_seconds);
}

void SelfMetrics::observe_page(std::string_view format, std::size_t bytes) {
  registered_->page_bytes.Add({{"format", std::string(format)}}).Set(static_cast<double>(bytes));
}

void SelfMetrics::observe_compressed_page(std::string_view format, std::size_t bytes) {
  registered_->compressed_bytes.Add({{"format", std::string(format)}})
      .Set(static_cast<double>(bytes));
}

void SelfMetrics::count_page(std::string_view format, std::string_view encoding) {
  registered_->pages.Add({{"format", std::string(format)}, {"encoding", std::string(encoding)}})
      .Increment();
}

void SelfMetrics::count_refusal(Refusal reason) {
  registered_->refusals.Add({{"reason", kRefusals.at(static_cast<std::size_t>(reason))}})
      .Increment();
}

void SelfMetrics::set_held_bytes(std::size_t bytes) {
  registered_->held_bytes.Set(static_cast<double>(bytes));
}

PushMetrics& SelfMetrics::enable_push(const std::string& tenant) {
  pushes_.push_back(std::make_unique<PushMetrics>(registered_->registry, tenant));
  return *pushes_.back();
}

FeedMetrics& SelfMetrics::enable_feed() {
  feed_ = std::make_unique<FeedMetrics>(registered_->registry);
  return *feed_;
}

std::vector<model::Family> SelfMetrics::collect(const aggregate::Statistics& statistics) const {
  if (before_collect_) {
    before_collect_();
  }
  std::vector<model::Family> families;
  const auto add = [&](const std::vector<prometheus::MetricFamily>& source) {
    for (const prometheus::MetricFamily& family : source) {
      families.push_back(convert(family, outlives_the_agent(family.name) ? 0 : began_unix_ns_));
    }
  };
  add(registered_->registry.Collect());
  add(process_families(read_process(proc_)));
  add(statistics_families(statistics));
  std::sort(families.begin(), families.end(), [](const model::Family& a, const model::Family& b) {
    return a.info->name < b.info->name;
  });
  return families;
}

}  // namespace shmx::self
