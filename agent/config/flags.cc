#include "agent/config/flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <utility>

#include "shm/registry.h"

namespace shmx::config {
namespace {

// A mistake on the command line, as kingpin's programs (Prometheus and its exporters) end.
constexpr int kUsageError = 1;

// More scrapes than this at once are a mistake, not a fleet.
constexpr std::size_t kMostRequests = 10'000;

const std::map<std::string, LogLevel> kLevels = {{"debug", LogLevel::debug},
                                                 {"info", LogLevel::info},
                                                 {"warn", LogLevel::warn},
                                                 {"error", LogLevel::error}};
const std::map<std::string, LogFormat> kFormats = {{"logfmt", LogFormat::logfmt},
                                                   {"json", LogFormat::json}};

template <typename Value>
CLI::CheckedTransformer one_of(const std::map<std::string, Value>& values) {
  CLI::CheckedTransformer check(values);
  std::string names;
  for (const auto& [name, value] : values) {
    names += (names.empty() ? "" : "|") + name;
  }
  check.description(names);
  return check;
}

// Durations as Prometheus writes them: 500ms, 30s, 5m, 1h.
CLI::AsNumberWithUnit duration() {
  const std::map<std::string, std::size_t> units = {
      {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}};
  return CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::UNIT_REQUIRED, "DURATION");
}

CLI::Validator absolute_path() {
  return CLI::Validator(
      [](std::string& path) {
        return path.empty() || path[0] != '/' ? "expected a path that begins with /, got " + path
                                              : std::string();
      },
      "PATH");
}

struct Parsed {
  Flags flags;
  std::size_t rescan_ms = 30'000;
};

void declare(CLI::App& app, Parsed& parsed) {
  Flags& flags = parsed.flags;
  app.add_option("--web.listen-address", flags.listen_addresses,
                 "Address to listen on; may be repeated. Without a host: all addresses, IPv4 and "
                 "IPv6. Port 0: a free one, told in the log.")
      ->type_name("[HOST]:PORT")
      ->allow_extra_args(false)
      ->group("Web")
      ->capture_default_str();
  app.add_option("--web.telemetry-path", flags.telemetry_path, "Path of the metrics.")
      ->transform(absolute_path())
      ->group("Web")
      ->capture_default_str();
  app.add_option("--web.max-requests", flags.max_requests,
                 "Scrapes at once; more are answered 503.")
      ->check(CLI::Range(std::size_t{1}, kMostRequests))
      ->type_name("NUMBER")
      ->group("Web")
      ->capture_default_str();
  app.add_option("--segments.directory", flags.segment_directories,
                 "Directory where services keep their segments; may be repeated. Created if it is "
                 "missing. Default: " +
                     std::string(kDefaultDirectory))
      ->transform(absolute_path())
      ->allow_extra_args(false)
      ->group("Segments");
  app.add_option("--segments.rescan-interval", parsed.rescan_ms,
                 "How often the directories are listed, for what inotify cannot tell. Default: 30s")
      ->transform(duration())
      ->group("Segments");
  app.add_option("--config.file", flags.config_file, "YAML file with the settings of jobs.")
      ->type_name("FILE")
      ->group("Configuration");
  app.add_option("--log.level", flags.log_level, "The least severe level that is logged.")
      ->transform(one_of(kLevels))
      ->default_str("info")
      ->group("Log");
  app.add_option("--log.format", flags.log_format, "How log lines look.")
      ->transform(one_of(kFormats))
      ->default_str("logfmt")
      ->group("Log");
}

}  // namespace

std::variant<Flags, Exit> parse_flags(const std::vector<std::string>& arguments,
                                      const std::string& version) {
  CLI::App app{
      "Serves the metrics of all processes of this host that count into shared-memory segments, "
      "summed per job, on one Prometheus endpoint.",
      "shm_exporter"};
  app.get_formatter()->column_width(44);
  app.set_help_flag("-h,--help", "Show this help.");
  app.set_version_flag("--version", "shm_exporter, version " + version, "Show the version.");
  Parsed parsed;
  declare(app, parsed);
  try {
    // CLI11 takes them from the back.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    return Exit{0, app.help()};
  } catch (const CLI::CallForVersion& call) {
    return Exit{0, std::string(call.what()) + "\n"};
  } catch (const CLI::ParseError& error) {
    return Exit{kUsageError,
                std::string("shm_exporter: error: ") + error.what() + ", try --help\n"};
  }
  parsed.flags.rescan_interval =
      std::chrono::milliseconds(std::max<std::size_t>(parsed.rescan_ms, 1));
  if (parsed.flags.segment_directories.empty()) {
    parsed.flags.segment_directories.emplace_back(kDefaultDirectory);
  }
  return parsed.flags;
}

}  // namespace shmx::config
