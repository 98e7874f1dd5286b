// What an OTLP encoding says besides the values. Plain values, for whoever configures it.
#ifndef SHM_EXPORTER_AGENT_OTLP_OPTIONS_H
#define SHM_EXPORTER_AGENT_OTLP_OPTIONS_H

#include <set>
#include <string>
#include <vector>

#include "agent/model/model.h"

namespace shmx::otlp {

/// What metrics are called.
enum class Names {
  prometheus,  ///< as on /metrics; a Prometheus that receives them stores the same names
  otel,        ///< gRPC's (A66) for the families that mean the same; the others as on /metrics
};

/// OTLP has one kind of buckets per histogram; this is for histograms that keep both.
enum class Histograms { explicit_buckets, exponential };

struct Options {
  Names names = Names::prometheus;
  Histograms histograms = Histograms::explicit_buckets;
  /// Attributes of every resource, in any order: OTEL_RESOURCE_ATTRIBUTES and host.name. What a
  /// resource has of its own (service.name, service.instance.id) wins.
  std::vector<Label> resource{};
  /// The host, unique in the fleet: a part of every service.instance.id, so that no two agents
  /// write one stream.
  std::string instance{};
  /// service.name of the agent's own metrics: points without a label job.
  std::string own_service = "shm_exporter";
  /// Jobs whose label pid makes a resource of each process.
  std::set<std::string> per_process_jobs{};
};

}  // namespace shmx::otlp

#endif  // SHM_EXPORTER_AGENT_OTLP_OPTIONS_H
