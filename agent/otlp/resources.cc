// See resources.h.
#include "agent/otlp/resources.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>

#include "agent/otlp/attributes.h"
#include "agent/otlp/backward_buffer.h"

namespace shmx::otlp {
namespace {

using Text = std::optional<std::string_view>;
using Key = std::tuple<std::string_view, Text, Text>;  // tenant, job, pid

Text value_of(const Labels& labels, std::string_view name) noexcept {
  for (const Label& label : labels) {
    if (label.name == name) {
      return label.value;
    }
  }
  return {};
}

/// An empty list chooses all.
class Chosen {
 public:
  explicit Chosen(const std::vector<std::string>& names) : names_(names.begin(), names.end()) {}
  bool has(std::string_view name) const { return names_.empty() || names_.contains(name); }

 private:
  absl::flat_hash_set<std::string_view> names_;
};

class Grouping {
 public:
  Grouping(const Options& options, const Choice& choice) : options_(options), jobs_(choice.jobs) {}

  void add(const model::Family& family) {
    const std::string_view tenant = family.info->tenant;
    for (const model::Point& point : family.points) {
      const Labels& labels = point.series->labels();
      const Text job = value_of(labels, "job");
      // Mostly, the job is that of the point before.
      if (!current_ || current_->job != job || current_->tenant != tenant) {
        enter(tenant, job);
      }
      if (!current_->chosen) {
        continue;
      }
      const std::size_t resource = current_->per_process
                                       ? resource_of({tenant, job, value_of(labels, "pid")})
                                       : current_->resource;
      resources_[resource].points.push_back({&family, &point});
    }
  }

  std::vector<Resource> take() {
    std::erase_if(resources_, [](const Resource& resource) { return resource.points.empty(); });
    std::sort(resources_.begin(), resources_.end(), [](const Resource& a, const Resource& b) {
      return std::tie(a.tenant, a.job, a.pid) < std::tie(b.tenant, b.job, b.pid);
    });
    return std::move(resources_);
  }

 private:
  struct Current {
    std::string_view tenant;
    Text job;
    bool chosen;
    bool per_process;
    std::size_t resource;  ///< unless per_process
  };

  void enter(std::string_view tenant, Text job) {
    const bool per_process = job && !options_.per_process_jobs.empty() &&
                             options_.per_process_jobs.contains(std::string(*job));
    const bool chosen = jobs_.has(job.value_or(options_.own_service));
    current_ = {tenant, job, chosen, per_process,
                chosen && !per_process ? resource_of({tenant, job, {}}) : 0};
  }

  std::size_t resource_of(const Key& key) {
    const auto [found, is_new] = numbers_.try_emplace(key, resources_.size());
    if (is_new) {
      const auto& [tenant, job, pid] = key;
      resources_.push_back({tenant, job, pid, {}});
    }
    return found->second;
  }

  const Options& options_;
  Chosen jobs_;
  std::optional<Current> current_;
  absl::flat_hash_map<Key, std::size_t> numbers_;
  std::vector<Resource> resources_;
};

/// A job may have the agent's own name; then it is told apart by the instance.
std::string instance_of(const Options& options, const Resource& resource) {
  std::string instance = options.instance;
  if (resource.job == options.own_service) {
    instance += ":services";
  }
  if (resource.pid) {
    instance.append(":").append(*resource.pid);
  }
  return instance;
}

Labels attributes_of(const Options& options, const Resource& resource) {
  Labels attributes = {{"service.name", std::string(resource.job.value_or(options.own_service))}};
  if (std::string instance = instance_of(options, resource); !instance.empty()) {
    attributes.push_back({"service.instance.id", std::move(instance)});
  }
  if (!resource.tenant.empty()) {
    attributes.push_back({"service.namespace", std::string(resource.tenant)});
  }
  for (const Label& label : options.resource) {
    const bool is_known = std::any_of(attributes.begin(), attributes.end(),
                                      [&](const Label& known) { return known.name == label.name; });
    if (!is_known) {
      attributes.push_back(label);
    }
  }
  return attributes;
}

}  // namespace

std::vector<Resource> resources_of(const Options& options,
                                   std::span<const model::Family* const> families,
                                   const Choice& choice) {
  const Chosen metrics(choice.metrics);
  Grouping grouping(options, choice);
  for (const model::Family* family : families) {
    if (metrics.has(family->info->name)) {
      grouping.add(*family);
    }
  }
  return grouping.take();
}

std::string encoded_resource(const Options& options, const Resource& resource) {
  BackwardBuffer buffer;
  const Labels attributes = attributes_of(options, resource);
  for (auto label = attributes.rbegin(); label != attributes.rend(); ++label) {
    const std::size_t room = label->name.size() + label->value.size() + kMaxAttributeBytes;
    write_attribute(1, label->name, label->value, buffer.writer(room));
  }
  buffer.writer(kMaxFieldBytes).close(1, buffer.at(0));
  return std::string(buffer.written());
}

}  // namespace shmx::otlp
