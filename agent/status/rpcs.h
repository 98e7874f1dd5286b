// The RPCs of a job, added up over its methods, from the families that the interceptors have in
// each of their modes (agent/aggregate/builtin_families.cc).
#ifndef SHM_EXPORTER_AGENT_STATUS_RPCS_H
#define SHM_EXPORTER_AGENT_STATUS_RPCS_H

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "agent/model/model.h"
#include "agent/model/rpc_families.h"

namespace shmx::status {

/// Cumulative buckets, as Prometheus has them.
struct Latency {
  std::vector<double> le{};           ///< finite and ascending; +Inf is implied
  std::vector<model::Ticks> count{};  ///< le.size() + 1
  double sum_seconds = 0;
};

struct Method {
  std::string method{};  ///< "shop.Orders/Place"; empty: those beyond the limit of series
  std::string type{};    ///< as the label grpc_type
  model::Ticks handled = 0;
  model::Ticks errors = 0;
};

/// The most used ones are listed.
inline constexpr std::size_t kMaxMethods = 10;

/// One side of a job: its servers or its clients.
struct Rpcs {
  std::optional<model::Ticks> started{};
  std::map<std::string, model::Ticks> handled{};  ///< by code; "" for those beyond the limit
  std::optional<double> in_flight{};
  std::optional<Latency> latency{};
  std::vector<Method> methods{};  ///< the most used first
};

/// Whose a series is.
struct JobKey {
  std::string tenant{};
  std::string job{};
  std::string uid{};
  // clang-tidy 14 takes the 0 in a defaulted <=> for a pointer.
  friend auto operator<=>(const JobKey&,
                          const JobKey&) = default;  // NOLINT(modernize-use-nullptr)
};
JobKey key_of(const Labels& labels);

using model::label;

struct Sides {
  std::optional<Rpcs> server{};
  std::optional<Rpcs> client{};
};

/// Of every job that the families tell of; these are ordered by name.
std::map<JobKey, Sides> rpcs_of(const std::vector<const model::Family*>& families);

}  // namespace shmx::status

#endif  // SHM_EXPORTER_AGENT_STATUS_RPCS_H
