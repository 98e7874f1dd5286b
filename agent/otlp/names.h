// What a family is called, in both ways of Options::names.
#ifndef SHM_EXPORTER_AGENT_OTLP_NAMES_H
#define SHM_EXPORTER_AGENT_OTLP_NAMES_H

#include <string_view>

#include "agent/model/model.h"
#include "agent/otlp/options.h"

namespace shmx::otlp {

struct MetricName {
  std::string_view name;
  std::string_view unit;         ///< as UCUM; or empty
  bool has_otel_labels = false;  ///< its points' attributes are renamed, too (grpc_attributes.h)
};

/// Names::prometheus: the name as it is. A Prometheus that receives it and translates names keeps
/// it, but for names that the translation cannot make: with a counter that does not end in _total
/// (it is appended) or has a second word total (removed), with two underscores in a row or one at
/// the end, and, by early versions, with a colon.
///
/// Names::otel: gRPC's own (https://github.com/grpc/proposal/blob/master/A66-otel-stats.md) for
/// what an interceptor truly knows: it sees calls, so nothing of attempts, and messages before they
/// are compressed, so nothing of compressed sizes.
///
/// Valid as long as `info` is.
MetricName metric_name(const model::FamilyInfo& info, Names names) noexcept;

}  // namespace shmx::otlp

#endif  // SHM_EXPORTER_AGENT_OTLP_NAMES_H
