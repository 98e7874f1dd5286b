// shmtool top: its flags.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/tool/commands.h"
#include "agent/tool/top.h"

namespace shmx::tool {
namespace {

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "this host";
}

/// https://no-color.org: set to anything but nothing.
bool wants_colours() {
  const char* no_colour = std::getenv("NO_COLOR");
  return no_colour == nullptr || *no_colour == '\0';
}

struct TopFlags {
  std::string address = "unix:/run/shm-exporter/state/feed.sock";
  feed::CredentialFiles credentials;
  std::uint64_t interval_ms = 1'000;
  std::string sort = "rate";
  std::string filter;
  std::string by = "job";
  std::optional<std::uint64_t> iterations;
};

// What the feed admits (agent/feed/proto).
constexpr std::uint64_t kShortestIntervalMs = 1'000;
constexpr std::uint64_t kLongestIntervalMs = 3'600'000;

std::vector<std::string> sort_keys(std::optional<top::Grouping> grouping = std::nullopt) {
  std::vector<std::string> keys;
  for (const top::Column& column : top::columns()) {
    if (!grouping || top::belongs_to(column, *grouping)) {
      keys.emplace_back(column.key);
    }
  }
  return keys;
}

void declare_credentials(CLI::App& command, feed::CredentialFiles& files) {
  command
      .add_option("--tls-ca", files.authorities,
                  "Speak TLS; PEM authorities of the agent's certificate.")
      ->type_name("FILE");
  command.add_option("--tls-cert", files.certificate, "PEM certificate to show the agent.")
      ->type_name("FILE");
  command.add_option("--tls-key", files.key, "PEM key of that certificate.")->type_name("FILE");
  command.add_option("--token-file", files.token, "Bearer token to show the agent.")
      ->type_name("FILE");
}

int run_top(const TopFlags& flags) {
  top::Options options;
  options.subscription.address = flags.address;
  options.subscription.credentials = flags.credentials;
  options.subscription.interval = std::chrono::milliseconds(flags.interval_ms);
  options.view.grouping = flags.by == "job" ? top::Grouping::job : top::Grouping::method;
  options.view.filter = flags.filter;
  options.iterations = flags.iterations;
  options.host = host_name();
  options.colours = wants_colours();
  const top::Column* sorted = top::find_column(flags.sort);
  if (!top::belongs_to(*sorted, options.view.grouping)) {
    fmt::print(stderr, "shmtool: --sort {}: there is no such column with --by {}; expected {}\n",
               flags.sort, flags.by, fmt::join(sort_keys(options.view.grouping), ", "));
    return kUsageError;
  }
  options.view.sorted = sorted;
  return top::run(std::move(options));
}

}  // namespace

CLI::Validator duration(std::uint64_t shortest_ms, std::uint64_t longest_ms,
                        const std::string& expected) {
  const std::map<std::string, std::uint64_t> units = {
      {"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}};
  const CLI::AsNumberWithUnit to_ms(units, CLI::AsNumberWithUnit::UNIT_REQUIRED);
  const CLI::Range in_range(shortest_ms, longest_ms);
  return {[=](std::string& text) {
            const std::string given = text;
            try {
              if (to_ms(text).empty() && in_range(text).empty()) {
                return std::string();
              }
            } catch (const CLI::ValidationError&) {
              // So says AsNumberWithUnit no.
            }
            return fmt::format("expected {}, got {}", expected, given);
          },
          ""};
}

void declare_top(CLI::App& app, int& code) {
  const auto flags = std::make_shared<TopFlags>();
  CLI::App* command = app.add_subcommand(
      "top", "Watch the jobs of this host: rates, errors, latencies, calls in flight.");
  command->footer(
      "On a terminal: full-screen, until q is pressed; ? shows the keys. Else, and\n"
      "with TERM=dumb: one table of plain text, after one interval.");
  command->add_option("--address", flags->address, "The feed of the agent.")
      ->type_name("unix:PATH|HOST:PORT")
      ->capture_default_str();
  declare_credentials(*command, flags->credentials);
  command->add_option("--interval", flags->interval_ms, "Between two snapshots: 1s to 1h.")
      ->transform(duration(kShortestIntervalMs, kLongestIntervalMs, "1s to 1h"))
      ->type_name("DURATION")
      ->default_str("1s");
  command->add_option("--by", flags->by, "Whether a row is a job or a method.")
      ->check(CLI::IsMember({"job", "method"}).description(""))
      ->type_name("job|method")
      ->capture_default_str();
  command
      ->add_option("--sort", flags->sort,
                   "The column to sort by: job, method, procs, rate, errors,\n"
                   "p50, p99, flight, or client- and one of the last five.\n"
                   "Numbers from the highest, names from A.")
      ->check(CLI::IsMember(sort_keys()).description(""))
      ->type_name("COLUMN")
      ->capture_default_str();
  command
      ->add_option("--filter", flags->filter, "Rows with this in the name of job or method only.")
      ->type_name("TEXT");
  command
      ->add_option("--iterations", flags->iterations,
                   "Tables to show before it ends; 0: no end. Default: 1 as\n"
                   "plain text, on a terminal 0.")
      ->check(CLI::NonNegativeNumber.description(""))
      ->type_name("NUMBER");
  command->callback([flags, &code] { code = run_top(*flags); });
}

}  // namespace shmx::tool
