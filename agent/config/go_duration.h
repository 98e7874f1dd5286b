// Durations as Go writes them, for the files that Prometheus' exporters share.
#ifndef SHM_EXPORTER_AGENT_CONFIG_GO_DURATION_H
#define SHM_EXPORTER_AGENT_CONFIG_GO_DURATION_H

#include <chrono>
#include <optional>
#include <string_view>

namespace shmx::config {

/// `1s`, `1m30s`, `1.5h`, `250us`, `0`: numbers with units, added. Nothing if it is anything else,
/// is negative or does not fit. See https://pkg.go.dev/time#ParseDuration.
std::optional<std::chrono::nanoseconds> parse_go_duration(std::string_view text) noexcept;

}  // namespace shmx::config

#endif  // SHM_EXPORTER_AGENT_CONFIG_GO_DURATION_H
