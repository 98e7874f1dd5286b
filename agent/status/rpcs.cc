// One pass over the families; whose a point is, is looked up once for neighbours of one job.
#include "agent/status/rpcs.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "shm/native_buckets.h"

namespace shmx::status {
namespace {

using model::RpcFamily;
using model::RpcMeaning;
using model::Ticks;

/// Of exponential buckets so many are shown at most: as finely as a heatmap can be looked at.
constexpr std::uint32_t kMaxShownBuckets = 64;

/// What is added up of one side.
struct Sums {
  Rpcs rpcs;
  std::map<std::pair<std::string, std::string>, Method> methods;
};
struct JobSums {
  Sums server;
  Sums client;
  bool has_server = false;
  bool has_client = false;
};

Ticks ticks_of(const model::Point& point) {
  const auto* const counter = std::get_if<model::CounterValue>(&point.value);
  return counter != nullptr ? counter->ticks : 0;
}

void add_handled(Sums& sums, const model::Point& point) {
  const Labels& labels = point.series->labels();
  const std::string code(model::code_of(labels));
  const Ticks count = ticks_of(point);
  sums.rpcs.handled[code] += count;
  std::string name(label(labels, "grpc_method"));
  if (!name.empty()) {
    name = std::string(label(labels, "grpc_service")).append("/").append(name);
  }
  Method& method = sums.methods[{name, std::string(label(labels, "grpc_type"))}];
  method.handled += count;
  method.errors += code.empty() || code == "OK" ? 0 : count;
}

/// Where one classic bucket ends after another.
std::vector<std::pair<double, Ticks>> cumulative(const std::vector<double>& bounds,
                                                 const std::vector<Ticks>& buckets) {
  std::vector<std::pair<double, Ticks>> all;
  Ticks count = 0;
  for (std::size_t i = 0; i < bounds.size() && i < buckets.size(); ++i) {
    count += buckets[i];
    all.emplace_back(bounds[i], count);
  }
  return all;
}

/// The same of exponential ones; of more than kMaxShownBuckets, those that are also of a lower
/// schema: exact, only coarser.
std::vector<std::pair<double, Ticks>> cumulative(const NativeBuckets& native,
                                                 const std::vector<Ticks>& cells) {
  std::int32_t step = 1;
  while (native.count / static_cast<std::uint32_t>(step) > kMaxShownBuckets) {
    step *= 2;
  }
  std::vector<std::pair<double, Ticks>> all;
  Ticks count = cells.front();
  all.emplace_back(zero_threshold(native), count);
  for (std::uint32_t i = 0; i < native.count && i + 1 < cells.size(); ++i) {
    count += cells[i + 1];
    const std::int32_t index = native.first_index + static_cast<std::int32_t>(i);
    if (index % step == 0 || i + 1 == native.count) {
      all.emplace_back(native_bound(native.schema, index), count);
    }
  }
  return all;
}

/// A job has one set of buckets, but in the moment of a change of its mode: then the first family
/// with observations counts.
void add_latency(std::optional<Latency>& latency, const model::FamilyInfo& info,
                 const model::Point& point) {
  const auto* const histogram = std::get_if<model::HistogramValue>(&point.value);
  if (histogram == nullptr || histogram->observations() == 0) {
    return;
  }
  const bool native = !info.is_classic() && info.native && !histogram->native.empty();
  const auto buckets = native ? cumulative(*info.native, histogram->native)
                              : cumulative(info.bounds, histogram->buckets);
  const auto same_bound = [](const auto& bucket, double le) { return bucket.first == le; };
  if (!latency) {
    latency.emplace();
    std::ranges::transform(buckets, std::back_inserter(latency->le),
                           [](const auto& bucket) { return bucket.first; });
    latency->count.resize(buckets.size() + 1);
  } else if (!std::ranges::equal(buckets, latency->le, same_bound)) {
    return;
  }
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    latency->count[i] += buckets[i].second;
  }
  latency->count.back() += histogram->observations();
  latency->sum_seconds += model::to_units(histogram->sum, info.ticks_per_unit);
}

void add_point(Sums& sums, RpcMeaning meaning, const model::FamilyInfo& info,
               const model::Point& point) {
  switch (meaning) {
    case RpcMeaning::started:
      sums.rpcs.started = sums.rpcs.started.value_or(0) + ticks_of(point);
      break;
    case RpcMeaning::handled:
      add_handled(sums, point);
      break;
    case RpcMeaning::in_flight:
      if (const auto* const gauge = std::get_if<model::GaugeValue>(&point.value)) {
        sums.rpcs.in_flight = sums.rpcs.in_flight.value_or(0) + gauge->value;
      }
      break;
    case RpcMeaning::latency:
      add_latency(sums.rpcs.latency, info, point);
      break;
  }
}

bool is_of(const Labels& labels, const JobKey& key) {
  return label(labels, "job") == key.job && label(labels, "tenant") == key.tenant &&
         label(labels, "uid") == key.uid;
}

void add_family(std::map<JobKey, JobSums>& jobs, const RpcFamily& known,
                const model::Family& family) {
  JobSums* job = nullptr;
  JobKey key;
  for (const model::Point& point : family.points) {
    if (job == nullptr || !is_of(point.series->labels(), key)) {
      key = key_of(point.series->labels());
      job = &jobs[key];
    }
    (known.server ? job->has_server : job->has_client) = true;
    add_point(known.server ? job->server : job->client, known.meaning, *family.info, point);
  }
}

Rpcs finished(Sums&& sums) {
  for (auto& [name, method] : sums.methods) {
    method.method = name.first;
    method.type = name.second;
    sums.rpcs.methods.push_back(std::move(method));
  }
  std::ranges::stable_sort(sums.rpcs.methods, std::ranges::greater(), &Method::handled);
  if (sums.rpcs.methods.size() > kMaxMethods) {
    sums.rpcs.methods.resize(kMaxMethods);
  }
  return std::move(sums.rpcs);
}

}  // namespace

JobKey key_of(const Labels& labels) {
  return {std::string(label(labels, "tenant")), std::string(label(labels, "job")),
          std::string(label(labels, "uid"))};
}

std::map<JobKey, Sides> rpcs_of(const std::vector<const model::Family*>& families) {
  std::map<JobKey, JobSums> jobs;
  const auto before = [](const model::Family* family, std::string_view name) {
    return family->info->name < name;
  };
  for (const RpcFamily& known : model::kRpcFamilies) {
    auto found = std::lower_bound(families.begin(), families.end(), known.name, before);
    for (; found != families.end() && (*found)->info->name == known.name; ++found) {
      add_family(jobs, known, **found);
    }
  }
  std::map<JobKey, Sides> all;
  for (auto& [key, job] : jobs) {
    Sides& sides = all[key];
    if (job.has_server) {
      sides.server = finished(std::move(job.server));
    }
    if (job.has_client) {
      sides.client = finished(std::move(job.client));
    }
  }
  return all;
}

}  // namespace shmx::status
