// What the agent gives besides pages: the OTLP push and the gRPC feed, wired to the collection they
// show and to the metrics that count them.
#ifndef SHM_EXPORTER_AGENT_MAIN_OUTPUTS_H
#define SHM_EXPORTER_AGENT_MAIN_OUTPUTS_H

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/feed/server.h"
#include "agent/main/collection.h"
#include "agent/push/exporter.h"
#include "agent/push/options.h"
#include "agent/self/self_metrics.h"
#include "shm/result.h"

namespace shmx {

/// What both are wired to; all of it outlives them.
struct OutputWiring {
  Collection& collection;
  self::SelfMetrics& self;
  std::function<void(const std::string&)> warn;  ///< on any thread
};

struct OutputSettings {
  std::optional<push::Options> push{};  ///< nothing: no push
  std::string version;                  ///< for the User-Agent
  std::string state_directory;  ///< where what a receiver of deltas has acknowledged is kept
  std::optional<feed::Options> feed{};  ///< nothing: no feed
  /// Nobody has asked for a feed at this address: where there can be none, a warning is enough.
  bool feed_is_default = false;
};

struct Outputs {
  std::unique_ptr<push::Exporter> exporter{};  ///< to be started when the collection is
  std::unique_ptr<feed::Server> feed{};        ///< serves; its calls wait for the collection
};

/// To be called before the collection starts. An error is for whoever starts the agent: as
/// push::make_transport() and feed::Server::start() say it.
Result<Outputs> make_outputs(OutputSettings settings, const OutputWiring& wiring);

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_OUTPUTS_H
