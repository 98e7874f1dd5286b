// What the agent gives besides pages: the OTLP push and the gRPC feed, wired to the collection they
// show and to the metrics that count them.
#ifndef SHM_EXPORTER_AGENT_MAIN_OUTPUTS_H
#define SHM_EXPORTER_AGENT_MAIN_OUTPUTS_H

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/feed/server.h"
#include "agent/main/access.h"
#include "agent/main/collection.h"
#include "agent/main/records.h"
#include "agent/push/exporter.h"
#include "agent/push/options.h"
#include "agent/self/self_metrics.h"
#include "shm/result.h"

namespace shmx {

/// What both are wired to; all of it outlives them.
struct OutputWiring {
  Collection& collection;
  self::SelfMetrics& self;
  Access& access;
  Records& records;
  std::function<void(const std::string&)> warn;  ///< on any thread
};

struct Push {
  std::string tenant{};  ///< whose numbers it is limited to; empty: all, and the agent's own
  push::Options options;
};

struct OutputSettings {
  std::vector<Push> pushes{};
  std::string version;          ///< for the User-Agent
  std::string state_directory;  ///< where what a receiver of deltas has acknowledged is kept
  std::optional<feed::Options> feed{};  ///< nothing: no feed
  /// Nobody has asked for a feed at this address: where there can be none, a warning is enough.
  bool feed_is_default = false;
};

struct Outputs {
  std::vector<std::unique_ptr<push::Exporter>> exporters{};  ///< to be started with the collection
  std::unique_ptr<feed::Server> feed{};  ///< serves; its calls wait for the collection
};

/// To be called before the collection starts. An error is for whoever starts the agent: as
/// push::make_transport() and feed::Server::start() say it.
Result<Outputs> make_outputs(OutputSettings settings, const OutputWiring& wiring);

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_OUTPUTS_H
