#include "agent/config/flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "agent/config/output_flags.h"
#include "agent/config/tenant_directories.h"
#include "shm/registry.h"

namespace shmx::config {
namespace {

// A mistake on the command line, as kingpin's programs (Prometheus and its exporters) end.
constexpr int kUsageError = 1;

// More scrapes than this at once are a mistake, not a fleet.
constexpr std::size_t kMostRequests = 10'000;

// Less would not hold the page of one small host; more is not there to be held.
constexpr std::uint64_t kLeastHeldBytes = std::uint64_t{1} << 20;
constexpr std::uint64_t kMostHeldBytes = std::uint64_t{1} << 40;

// The rescan finds what inotify cannot tell: more often is waste, more seldom is never.
constexpr std::uint64_t kShortestRescanMs = 1000;
constexpr std::uint64_t kLongestRescanMs = 86'400'000;

// A series that leaves before it was scraped would lose its last counts; what stays for longer than
// a year stays for ever.
constexpr std::uint64_t kShortestStayMs = 10'000;
constexpr std::uint64_t kLongestStayMs = 366ULL * 86'400'000;

// More series of one job than this are a mistake: no page of that size is scraped in time.
constexpr std::size_t kMostSeries = 10'000'000;

// The names that an option takes, in the order of its values.
constexpr std::array kLevels = {"debug", "info", "warn", "error"};
constexpr std::array kFormats = {"logfmt", "json"};

template <typename Enum, std::size_t kCount>
void add_choice(CLI::App& app, const std::string& name, Enum& value,
                const std::array<const char*, kCount>& names, const std::string& description) {
  const auto choose = [&value, name, names](const std::string& given) {
    const auto* found = std::ranges::find(names, given);
    if (found == names.end()) {
      throw CLI::ValidationError(
          name, fmt::format("expected {}, got {}", fmt::join(names, " or "), given));
    }
    value = static_cast<Enum>(found - names.begin());
  };
  app.add_option_function<std::string>(name, choose, description)
      ->type_name(fmt::format("{}", fmt::join(names, "|")))
      ->default_str(names[static_cast<std::size_t>(value)])
      ->group("Log");
}

// Durations as Prometheus writes them: 500ms, 30s, 5m, 1h.
CLI::Validator duration() {
  const std::map<std::string, std::uint64_t> units = {{"ms", 1},         {"s", 1000},
                                                      {"m", 60'000},     {"h", 3'600'000},
                                                      {"d", 86'400'000}, {"w", 604'800'000}};
  return CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::UNIT_REQUIRED).description("");
}

CLI::Validator between(std::uint64_t shortest_ms, std::uint64_t longest_ms,
                       const std::string& expected) {
  return {[=](std::string& milliseconds) {
            std::uint64_t value = 0;
            const bool fits = CLI::detail::lexical_cast(milliseconds, value) &&
                              value >= shortest_ms && value <= longest_ms;
            return fits ? std::string() : expected;
          },
          ""};
}

CLI::Validator absolute_path() {
  return {[](std::string& path) {
            return path.starts_with('/') ? std::string()
                                         : "expected a path that begins with /, got " + path;
          },
          ""};
}

// Makes the paths comparable (/a/ is /a) and returns one that is there twice, or nothing: its
// segments would be looked at twice.
std::string repeated_directory(std::vector<std::string>& directories) {
  std::set<std::string> seen;
  for (std::string& directory : directories) {
    directory = normal_directory(directory);
    if (!seen.insert(directory).second) {
      return directory;
    }
  }
  return {};
}

struct Parsed {
  Flags flags;
  std::uint64_t rescan_ms = 30'000;
  std::uint64_t retention_ms = 86'400'000;
  std::uint64_t linger_ms = 300'000;
};

void declare_web(CLI::App& app, Flags& flags) {
  auto* const addresses = app.add_option("--web.listen-address", flags.listen_addresses,
                                         "Address to listen on; may be repeated. Without a\n"
                                         "host: all addresses, IPv4 and IPv6. Port 0: a free\n"
                                         "one, told in the log. On unix:/PATH clients are\n"
                                         "known by their uid, and there is no TLS.")
                              ->type_name("[HOST]:PORT|unix:/PATH")
                              ->default_str(flags.listen_addresses.front())
                              ->allow_extra_args(false)
                              ->group("Web");
  app.add_flag("--web.systemd-socket", flags.systemd_socket,
               "Listen on the sockets that systemd hands over (a\n"
               "socket unit), instead of --web.listen-address.")
      ->excludes(addresses)
      ->group("Web");
  app.add_option("--web.telemetry-path", flags.telemetry_path, "Path of the metrics.")
      ->check(absolute_path())
      ->type_name("PATH")
      ->capture_default_str()
      ->group("Web");
  app.add_option("--web.config.file", flags.web_config_file,
                 "YAML file with TLS, users and limits, in the format\n"
                 "of the Prometheus exporters (web-config.yml); read\n"
                 "again when it, or a file that it names, changes.")
      ->type_name("FILE")
      ->group("Web");
  app.add_flag("--web.enable-lifecycle", flags.enable_lifecycle,
               "Reload on POST to /-/reload by an operator.")
      ->group("Web");
  app.add_option("--web.max-requests", flags.max_requests,
                 "Scrapes at once; more are answered 503.")
      ->check(CLI::Range(std::size_t{1}, kMostRequests).description(""))
      ->type_name("NUMBER")
      ->capture_default_str()
      ->group("Web");
  app.add_option("--web.max-held-bytes", flags.max_held_bytes,
                 "Memory of pages that clients have not read yet;\n"
                 "scrapes beyond it are answered 503.")
      ->transform(CLI::AsSizeValue(false).description(""))
      ->check(CLI::Range(kLeastHeldBytes, kMostHeldBytes).description(""))
      ->type_name("SIZE")
      ->default_str("256MiB")
      ->group("Web");
  app.add_flag("--web.created-timestamps", flags.created_timestamps,
               "Show when counters and histograms began as _created\n"
               "samples of OpenMetrics, which servers without created\n"
               "timestamps store as series of their own.")
      ->group("Web");
}

void declare_segments(CLI::App& app, Parsed& parsed) {
  Flags& flags = parsed.flags;
  app.add_option("--segments.directory", flags.segment_directories,
                 "Directory where services keep their segments; may be\n"
                 "repeated. Created if it is missing.")
      ->check(absolute_path())
      ->type_name("PATH")
      ->default_str(std::string(kDefaultDirectory))
      ->allow_extra_args(false)
      ->group("Segments");
  app.add_option("--segments.rescan-interval", parsed.rescan_ms,
                 "How often the directories are listed, for what\n"
                 "inotify cannot tell.")
      ->transform(duration())
      ->check(between(kShortestRescanMs, kLongestRescanMs, "expected 1s to 24h"))
      ->type_name("DURATION")
      ->default_str("30s")
      ->group("Segments");
}

void declare_totals(CLI::App& app, Parsed& parsed) {
  Flags& flags = parsed.flags;
  app.add_option("--state.directory", flags.state_directory,
                 "Directory of the agent's own, where the totals of ended\n"
                 "processes outlive a restart. Created if it is missing;\n"
                 "its parent should be on a tmpfs that no service fills.")
      ->check(absolute_path())
      ->type_name("PATH")
      ->capture_default_str()
      ->group("Totals");
  app.add_option("--totals.retention", parsed.retention_ms,
                 "How long a job is shown after its last process ended.")
      ->transform(duration())
      ->check(between(kShortestStayMs, kLongestStayMs, "expected 10s to 366d"))
      ->type_name("DURATION")
      ->default_str("1d")
      ->group("Totals");
  app.add_option("--totals.linger", parsed.linger_ms,
                 "How long the series of one process (jobs with\n"
                 "per_process) are shown after it ended.")
      ->transform(duration())
      ->check(between(kShortestStayMs, kLongestStayMs, "expected 10s to 366d"))
      ->type_name("DURATION")
      ->default_str("5m")
      ->group("Totals");
  app.add_option("--totals.series-per-job", flags.series_per_job,
                 "Series of one job; what is new beyond goes to the\n"
                 "overflow series of its family.")
      ->check(CLI::Range(std::size_t{1}, kMostSeries).description(""))
      ->type_name("NUMBER")
      ->capture_default_str()
      ->group("Totals");
}

void declare(CLI::App& app, Parsed& parsed, const std::string& version) {
  app.get_formatter()->column_width(44);
  app.set_help_flag("-h,--help", "Show this help.");
  app.set_version_flag("--version", "shm_exporter, version " + version, "Show the version.");
  Flags& flags = parsed.flags;
  declare_web(app, flags);
  declare_segments(app, parsed);
  declare_totals(app, parsed);
  declare_outputs(app, flags);
  app.add_option("--config.file", flags.config_file,
                 "YAML file with the settings of jobs, of the push, of\n"
                 "tenants and their readers, and of the audit log.")
      ->type_name("FILE")
      ->group("Configuration");
  app.add_flag("--config.check", flags.config_check,
               "Read --config.file, --web.config.file and the files\n"
               "that they name, say what is wrong, and end.")
      ->group("Configuration");
  add_choice(app, "--log.level", flags.log_level, kLevels,
             "The least severe level that is logged.");
  add_choice(app, "--log.format", flags.log_format, kFormats, "How log lines look.");
}

constexpr const char* kDescription =
    "Serves the metrics of all processes of this host that count into shared-memory\n"
    "segments, summed per job, on one Prometheus endpoint.\n";

}  // namespace

Command describe_flags() {
  CLI::App app{kDescription, "shm_exporter"};
  Parsed parsed;
  declare(app, parsed, "");
  return describe(app);
}

std::variant<Flags, Exit> parse_flags(const std::vector<std::string>& arguments,
                                      const std::string& version) {
  CLI::App app{kDescription, "shm_exporter"};
  Parsed parsed;
  declare(app, parsed, version);
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
  parsed.flags.rescan_interval = std::chrono::milliseconds(parsed.rescan_ms);
  parsed.flags.retention = std::chrono::milliseconds(parsed.retention_ms);
  parsed.flags.linger = std::chrono::milliseconds(parsed.linger_ms);
  if (const std::string twice = repeated_directory(parsed.flags.segment_directories);
      !twice.empty()) {
    return Exit{kUsageError,
                "shm_exporter: error: --segments.directory: expected each directory "
                "once, got " +
                    twice + " again, try --help\n"};
  }
  if (parsed.flags.segment_directories.empty()) {
    parsed.flags.segment_directories.emplace_back(kDefaultDirectory);
    parsed.flags.segment_directory_is_default = true;
  }
  settle_outputs(parsed.flags);
  return parsed.flags;
}

}  // namespace shmx::config
