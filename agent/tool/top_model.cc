// See top_model.h. Which family means what is said by agent/model/rpc_families.h.
#include "agent/tool/top_model.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "agent/model/rpc_families.h"

namespace shmx::tool::top {
namespace {

using model::RpcFamily;
using model::RpcMeaning;

constexpr double kNanosecondsPerSecond = 1e9;

constexpr std::string_view kBuildInfo = "shm_exporter_build_info";
constexpr std::string_view kSegments = "shm_exporter_segments";
constexpr std::string_view kProcesses = "shm_exporter_job_processes";

/// What the series of one side of a row add up to.
struct Sums {
  std::optional<double> started;
  std::optional<double> handled;
  double with_code = 0;  ///< of the handled: an overflow series has no code
  double errors = 0;
  std::optional<double> in_flight;
  Observations latency;
};

struct RowSums {
  std::optional<double> processes;
  Sums server;
  Sums client;
};

/// By job and method; the method is empty in a job's own.
using AllSums = std::map<std::pair<std::string, std::string>, RowSums>;

std::string_view label(const feed::Sample& sample, std::string_view name) {
  return model::label(sample.labels, name);
}

std::string job_of(const feed::Sample& sample) {
  const std::string_view uid = label(sample, "uid");
  return uid.empty() ? sample.job : sample.job + " (uid " + std::string(uid) + ")";
}

std::string method_of(const feed::Sample& sample) {
  const std::string_view method = label(sample, "grpc_method");
  return method.empty() ? "(overflow)"
                        : std::string(label(sample, "grpc_service")).append("/").append(method);
}

double number(const feed::Sample& sample) {
  const double* value = std::get_if<double>(&sample.value);
  return value != nullptr ? *value : 0;
}

/// Whether a counter or histogram goes on from what it was. Its start may move back, when a process
/// that is older begins to count into it.
bool goes_on(const feed::Sample& before, const feed::Sample& now) {
  if (before.start_unix_ns != 0 && now.start_unix_ns > before.start_unix_ns) {
    return false;
  }
  const auto* earlier = std::get_if<feed::Histogram>(&before.value);
  const auto* later = std::get_if<feed::Histogram>(&now.value);
  if ((earlier == nullptr) != (later == nullptr)) {
    return false;
  }
  return later == nullptr ? number(now) >= number(before) : later->count() >= earlier->count();
}

void add(std::optional<double>& sum, double value) {
  sum = sum.value_or(0) + value;
}

/// `before` is null for what counts from zero.
void add_sample(Sums& sums, RpcMeaning meaning, const feed::Sample* before,
                const feed::Sample& now) {
  const double grown = number(now) - (before != nullptr ? number(*before) : 0);
  switch (meaning) {
    case RpcMeaning::started:
      add(sums.started, grown);
      break;
    case RpcMeaning::handled: {
      const std::string_view code = model::code_of(now.labels);
      add(sums.handled, grown);
      sums.with_code += code.empty() ? 0 : grown;
      sums.errors += code.empty() || code == "OK" ? 0 : grown;
      break;
    }
    case RpcMeaning::in_flight:
      add(sums.in_flight, number(now));
      break;
    case RpcMeaning::latency:
      if (const auto* histogram = std::get_if<feed::Histogram>(&now.value)) {
        add_difference(sums.latency,
                       before != nullptr ? std::get_if<feed::Histogram>(&before->value) : nullptr,
                       *histogram);
      }
      break;
  }
}

/// `seconds` is absent when there is nothing to compare with.
Calls calls(const Sums& sums, std::optional<double> seconds) {
  Calls calls;
  calls.in_flight = sums.in_flight;
  if (!seconds) {
    return calls;
  }
  if (const auto& count = sums.handled ? sums.handled : sums.started) {
    calls.rate = *count / *seconds;
  }
  if (sums.with_code > 0) {
    calls.error_ratio = sums.errors / sums.with_code;
  }
  calls.p50 = quantile(sums.latency, 0.5);
  calls.p99 = quantile(sums.latency, 0.99);
  return calls;
}

void add_rows(Overview& overview, const AllSums& all, std::optional<double> seconds) {
  for (const auto& [names, sums] : all) {
    const auto& [job, method] = names;
    Row row{job, method, sums.processes, calls(sums.server, seconds), calls(sums.client, seconds)};
    if (method.empty()) {
      if (row.server.rate) {
        add(overview.rate, *row.server.rate);
      }
      overview.jobs.push_back(std::move(row));
    } else {
      overview.methods.push_back(std::move(row));
    }
  }
}

void add_agent(Overview& overview, AllSums& all, const feed::Sample& sample) {
  if (sample.metric == kBuildInfo) {
    overview.version = label(sample, "version");
  } else if (sample.metric == kSegments && label(sample, "state") == "live") {
    overview.segments += number(sample);
  } else if (sample.metric == kProcesses) {
    overview.processes += number(sample);
    add(all[{job_of(sample), ""}].processes, number(sample));
  }
}

}  // namespace

std::vector<std::string> metrics_read() {
  std::vector<std::string> names = {std::string(kBuildInfo), std::string(kSegments),
                                    std::string(kProcesses)};
  for (const RpcFamily& family : model::kRpcFamilies) {
    names.emplace_back(family.name);
  }
  return names;
}

bool Model::BySeries::operator()(const feed::Sample* a, const feed::Sample* b) const {
  return std::tie(a->metric, a->job, a->labels) < std::tie(b->metric, b->job, b->labels);
}

const feed::Sample* Model::earlier(const feed::Sample& sample) const {
  const auto found = series_.find(&sample);
  return found != series_.end() && goes_on(**found, sample) ? *found : nullptr;
}

Overview Model::update(feed::Snapshot snapshot) {
  Overview overview;
  overview.unix_ns = snapshot.unix_ns;
  overview.skipped = snapshot.skipped;
  overview.has_rates = before_.unix_ns != 0 && snapshot.unix_ns > before_.unix_ns;
  std::optional<double> seconds;
  if (overview.has_rates) {
    seconds = static_cast<double>(snapshot.unix_ns - before_.unix_ns) / kNanosecondsPerSecond;
  }
  AllSums all;
  for (const feed::Sample& sample : snapshot.samples) {
    const auto* family =
        std::find_if(model::kRpcFamilies.begin(), model::kRpcFamilies.end(),
                     [&](const RpcFamily& known) { return known.name == sample.metric; });
    if (family == model::kRpcFamilies.end()) {
      add_agent(overview, all, sample);
      continue;
    }
    const feed::Sample* before = earlier(sample);
    for (const std::string& method : {std::string(), method_of(sample)}) {
      RowSums& row = all[{job_of(sample), method}];
      add_sample(family->server ? row.server : row.client, family->meaning, before, sample);
    }
  }
  add_rows(overview, all, seconds);
  series_.clear();
  before_ = std::move(snapshot);
  for (const feed::Sample& sample : before_.samples) {
    series_.insert(&sample);
  }
  return overview;
}

}  // namespace shmx::tool::top
