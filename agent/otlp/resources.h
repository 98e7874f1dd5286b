// Which points are of which resource: a job, or a process of a job with per_process.
#ifndef SHM_EXPORTER_AGENT_OTLP_RESOURCES_H
#define SHM_EXPORTER_AGENT_OTLP_RESOURCES_H

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/model.h"
#include "agent/otlp/encoder.h"
#include "agent/otlp/options.h"

namespace shmx::otlp {

struct Resource {
  std::string_view tenant;              ///< empty: no tenants are defined, or the agent itself
  std::optional<std::string_view> job;  ///< nothing: the agent itself
  std::optional<std::string_view> pid;  ///< of a job with per_process
  std::vector<Encoded> points;          ///< in the order of the families, and at least one
};

/// By tenant, job and process; the agent itself is first. Jobs and metrics that are not chosen are
/// left out.
std::vector<Resource> resources_of(const Options& options,
                                   std::span<const model::Family* const> families,
                                   const Choice& choice);

/// The field `resource` of ResourceMetrics. A tenant is its jobs' service.namespace, which
/// OpenTelemetry has for the team that a group of services belongs to. No two resources have the
/// same service.namespace, service.name and service.instance.id.
std::string encoded_resource(const Options& options, const Resource& resource);

}  // namespace shmx::otlp

#endif  // SHM_EXPORTER_AGENT_OTLP_RESOURCES_H
