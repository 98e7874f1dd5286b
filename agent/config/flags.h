// The command line as plain values. CLI11 stays behind this header.
#ifndef SHM_EXPORTER_AGENT_CONFIG_FLAGS_H
#define SHM_EXPORTER_AGENT_CONFIG_FLAGS_H

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "agent/config/command.h"
#include "agent/config/log.h"

namespace shmx::config {

struct Flags {
  std::vector<std::string> listen_addresses = {":9919"};
  std::string telemetry_path = "/metrics";
  std::size_t max_requests = 40;
  std::size_t max_held_bytes = std::size_t{256} << 20;
  bool systemd_socket = false;  ///< the service manager's sockets, instead of listen_addresses
  bool created_timestamps = false;
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::logfmt;
  std::string config_file;
  std::string web_config_file;    ///< empty: no TLS, no users, no limits
  bool enable_lifecycle = false;  ///< POST /-/reload is there, for operators
  bool config_check = false;      ///< read what there is to read, say what is wrong, and end
  std::vector<std::string> segment_directories;  ///< never empty after parse_flags()
  bool segment_directory_is_default = false;     ///< nobody chose it
  std::chrono::milliseconds rescan_interval{30'000};
  std::string state_directory = "/run/shm-exporter/state";
  std::chrono::milliseconds retention{std::chrono::hours(24)};  ///< of a job without processes
  std::chrono::milliseconds linger{std::chrono::minutes(5)};    ///< of one process's own series
  std::size_t series_per_job = 50'000;
  /// --otlp.*, as they were written, by the words of otlp_table.h; otlp_settings() checks them.
  std::map<std::string, std::string, std::less<>> otlp;
  std::string feed_listen_address;  ///< empty after parse_flags(): there is no feed
  bool feed_is_default = false;     ///< nobody chose that address
  std::size_t feed_max_subscribers = 64;
};

/// What to print instead of running: --help and --version on stdout with 0, mistakes on stderr.
struct Exit {
  int code = 0;
  std::string text;
};

/// `arguments` without the program's name; `version` is what --version shows.
std::variant<Flags, Exit> parse_flags(const std::vector<std::string>& arguments,
                                      const std::string& version);

/// The same flags, for the manual page and the completion of shells.
Command describe_flags();

}  // namespace shmx::config

#endif  // SHM_EXPORTER_AGENT_CONFIG_FLAGS_H
