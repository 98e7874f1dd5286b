// The flags of what the agent does besides being scraped: the OTLP push and the gRPC feed. A part
// of flags.cc, which alone includes this.
#ifndef SHM_EXPORTER_AGENT_CONFIG_OUTPUT_FLAGS_H
#define SHM_EXPORTER_AGENT_CONFIG_OUTPUT_FLAGS_H

#include "agent/config/flags.h"

namespace CLI {
class App;
}  // namespace CLI

namespace shmx::config {

/// `flags` outlives `app`.
void declare_outputs(CLI::App& app, Flags& flags);

/// After all flags are known: where the feed listens, if that is not said.
void settle_outputs(Flags& flags);

}  // namespace shmx::config

#endif  // SHM_EXPORTER_AGENT_CONFIG_OUTPUT_FLAGS_H
