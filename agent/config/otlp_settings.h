// The settings of the OTLP push from the three places that they come from: a flag wins over the
// environment, and that over the file. Nothing is read here: all are passed in.
#ifndef SHM_EXPORTER_AGENT_CONFIG_OTLP_SETTINGS_H
#define SHM_EXPORTER_AGENT_CONFIG_OTLP_SETTINGS_H

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/config/flags.h"
#include "agent/config/settings.h"
#include "agent/push/options.h"
#include "shm/result.h"

namespace shmx::config {

using Environment = std::map<std::string, std::string, std::less<>>;

struct OtlpSettings {
  std::optional<push::Options> push;  ///< nothing: push is off
  std::vector<std::string> warnings;  ///< sentences for the log
};

/// `host` becomes host.name of every resource and a part of every service.instance.id, unless
/// resource attributes say otherwise. An error names the variable, the place in the file or the
/// flag, and what was expected; neither it nor a warning shows headers or URLs.
Result<OtlpSettings> otlp_settings(const Environment& environment, const Settings& file,
                                   const Flags& flags, const std::string& host);

/// The same of each tenant that has an `otlp:` of its own, by tenant. The file alone counts: what
/// flags and variables say is the agent's, its credentials above all. But a variable that turns
/// pushing off (OTEL_SDK_DISABLED, OTEL_METRICS_EXPORTER) is meant for all that the process pushes.
Result<std::map<std::string, OtlpSettings>> tenant_otlp_settings(const Environment& environment,
                                                                 const Settings& file,
                                                                 const std::string& host);

}  // namespace shmx::config

#endif  // SHM_EXPORTER_AGENT_CONFIG_OTLP_SETTINGS_H
