// Log lines as Prometheus users know them, on stderr: logfmt (ts=… level=info msg="…" key=value) or
// JSON with the same members. spdlog stays behind this header. Thread-safe.
#ifndef SHM_EXPORTER_AGENT_CONFIG_LOG_H
#define SHM_EXPORTER_AGENT_CONFIG_LOG_H

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shmx::config {

enum class LogLevel { debug, info, warn, error };
enum class LogFormat { logfmt, json };

struct LogField {
  std::string_view key;  ///< [a-z_]+
  std::string value;
};

/// Before the first line; the default is info and logfmt.
void set_up_log(LogLevel level, LogFormat format);

void log(LogLevel level, std::string_view message, const std::vector<LogField>& fields = {});

/// What follows the time stamp, for one line.
std::string log_line(LogFormat format, LogLevel level, std::string_view message,
                     std::span<const LogField> fields);

}  // namespace shmx::config

#endif  // SHM_EXPORTER_AGENT_CONFIG_LOG_H
