// shmtool's command line. What the commands do is in the other files of this room.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/tool/audit.h"
#include "agent/tool/check.h"
#include "agent/tool/check_tls.h"
#include "agent/tool/dump.h"
#include "agent/tool/segment.h"
#include "agent/tool/top.h"

namespace {

constexpr int kFailed = 1;

int dump(const std::string& path, bool as_json) {
  const shmx::Result<shmx::tool::Segment> segment = shmx::tool::load(path);
  if (!segment) {
    fmt::print(stderr, "shmtool: {}\n", segment.error().message);
    return kFailed;
  }
  const std::string text =
      as_json ? shmx::tool::dump_json(segment.value()) : shmx::tool::dump_text(segment.value());
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    std::perror("shmtool: cannot write to standard output");
    return kFailed;
  }
  return 0;
}

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
  shmx::feed::CredentialFiles credentials;
  std::uint64_t interval_ms = 1'000;
  std::string sort = "rate";
  std::string filter;
  std::string by = "job";
  std::optional<std::uint64_t> iterations;
};

// What the feed admits (agent/feed/proto).
constexpr std::uint64_t kShortestIntervalMs = 1'000;
constexpr std::uint64_t kLongestIntervalMs = 3'600'000;

/// Turns 1s, 1.5m, 500ms into milliseconds.
CLI::Validator duration() {
  const std::map<std::string, std::uint64_t> units = {
      {"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}};
  return CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::UNIT_REQUIRED, "DURATION")
      .description("");
}

std::vector<std::string> sort_keys() {
  std::vector<std::string> keys;
  for (const shmx::tool::top::Column& column : shmx::tool::top::columns()) {
    keys.emplace_back(column.key);
  }
  return keys;
}

void declare_credentials(CLI::App& command, shmx::feed::CredentialFiles& files) {
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

CLI::App* declare_top(CLI::App& app, TopFlags& flags) {
  CLI::App* command = app.add_subcommand(
      "top", "Watch the jobs of this host: rates, errors, latencies, calls in flight.");
  command->footer(
      "On a terminal: full-screen, until q is pressed; ? shows the keys. Else, and\n"
      "with TERM=dumb: one table of plain text, after one interval.");
  command->add_option("--address", flags.address, "The feed of the agent.")
      ->type_name("unix:PATH|HOST:PORT")
      ->capture_default_str();
  declare_credentials(*command, flags.credentials);
  command->add_option("--interval", flags.interval_ms, "Between two snapshots: 1s to 1h.")
      ->transform(duration())
      ->check(CLI::Range(kShortestIntervalMs, kLongestIntervalMs).description(""))
      ->type_name("DURATION")
      ->default_str("1s");
  command->add_option("--by", flags.by, "Whether a row is a job or a method: job, method.")
      ->check(CLI::IsMember({"job", "method"}).description(""))
      ->type_name("WHAT")
      ->capture_default_str();
  command
      ->add_option("--sort", flags.sort,
                   "The column to sort by: job, method, procs, rate, errors,\n"
                   "p50, p99, flight, or client- and one of the last five.\n"
                   "Numbers from the highest, names from A.")
      ->check(CLI::IsMember(sort_keys()).description(""))
      ->type_name("COLUMN")
      ->capture_default_str();
  command->add_option("--filter", flags.filter, "Rows with this in the name of job or method only.")
      ->type_name("TEXT");
  command
      ->add_option("--iterations", flags.iterations,
                   "Tables to show before it ends; 0: no end. Default: 1 as\n"
                   "plain text, on a terminal 0.")
      ->type_name("NUMBER");
  return command;
}

int top(const TopFlags& flags) {
  namespace top = shmx::tool::top;
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
    fmt::print(stderr, "shmtool: --sort {}: there is no such column with --by {}\n", flags.sort,
               flags.by);
    return kFailed;
  }
  options.view.sorted = sorted;
  return top::run(std::move(options));
}

/// The group `check`: one declare_… for each of its commands.
CLI::App* declare_check(CLI::App& app) {
  CLI::App* group = app.add_subcommand("check", "Say what is wrong before it matters.");
  group->require_subcommand(1);
  return group;
}

/// Leaves in `code` what shmtool ends with.
void declare_check_files(CLI::App& group, int& code) {
  CLI::App* web = group.add_subcommand(
      "web-config", "Read a web-config.yml with its certificates and keys, as an agent would.");
  const auto web_file = std::make_shared<std::string>();
  web->add_option("FILE", *web_file, "the file of --web.config.file")->required();
  web->callback([web_file, &code] { code = shmx::tool::check_web_config(*web_file); });

  CLI::App* config = group.add_subcommand(
      "config", "Read a shm_exporter.yml with what it names, as an agent would.");
  const auto files = std::make_shared<shmx::tool::ConfigFiles>();
  config->add_option("FILE", files->config, "the file of --config.file")->required();
  config
      ->add_option("--web.config.file", files->web_config, "the agent's other file, if it has one")
      ->type_name("FILE");
  config->callback([files, &code] { code = shmx::tool::check_config(*files); });
}

/// A server that does not answer for this long is down for whoever waits for the tool.
constexpr std::uint64_t kLongestTlsTimeoutMs = 60'000;

struct CheckTlsFlags {
  shmx::tool::TlsCheck check;
  std::uint64_t timeout_ms = 5'000;
};

int check_tls(const CheckTlsFlags& flags) {
  shmx::tool::TlsCheck check = flags.check;
  check.timeout = std::chrono::milliseconds(flags.timeout_ms);
  const shmx::tool::TlsVerdict verdict = shmx::tool::check_tls(check, std::time(nullptr));
  fmt::print("{}", verdict.text);
  return verdict.fits ? 0 : kFailed;
}

void declare_check_tls(CLI::App& group, int& code) {
  CLI::App* tls = group.add_subcommand(
      "tls", "Compare the certificate that a server presents with what its clients expect.");
  const auto flags = std::make_shared<CheckTlsFlags>();
  tls->add_option("HOST:PORT", flags->check.target, "the server")->required();
  tls->add_option("--expect-name", flags->check.expected_names,
                  "A DNS name, address or URI that clients expect. Default: HOST.")
      ->type_name("NAME");
  tls->add_option("--ca", flags->check.authorities_file,
                  "PEM authorities of the server. Default: the system's.")
      ->type_name("FILE");
  tls->add_option("--alpn", flags->check.alpn, "A protocol that must be chosen: h2 is gRPC's.")
      ->check(CLI::IsMember({"h2", "http/1.1"}).description(""))
      ->type_name("PROTOCOL");
  tls->add_option("--timeout", flags->timeout_ms, "Default: 5s.")
      ->transform(duration())
      ->check(CLI::Range(std::uint64_t{1}, kLongestTlsTimeoutMs).description(""))
      ->type_name("DURATION");
  CLI::Option* const certificate = tls->add_option("--cert", flags->check.certificate_file,
                                                   "PEM client certificate, for mutual TLS.")
                                       ->type_name("FILE");
  CLI::Option* const key =
      tls->add_option("--key", flags->check.key_file, "Its PEM key.")->type_name("FILE");
  certificate->needs(key);
  key->needs(certificate);
  tls->callback([flags, &code] { code = check_tls(*flags); });
}

CLI::App* declare_audit(CLI::App& app, shmx::tool::AuditFlags& flags) {
  CLI::App* audit = app.add_subcommand("audit", "Look at an audit log.");
  audit->require_subcommand(1);
  CLI::App* verify = audit->add_subcommand(
      "verify", "Verify an audit log: every line, hash and signature. 0: it is whole.");
  verify->add_option("PATH", flags.paths, "The log's directory, or files of it in their order.")
      ->required();
  verify->add_option("--key", flags.key_files, "The public key that the log begins with.")
      ->type_name("PUBLIC.pem");
  verify->add_option("--key-id", flags.key_ids, "Or the first 32 hex digits of its SHA-256.")
      ->type_name("ID");
  verify
      ->add_option("--anchor", flags.anchors,
                   "A head that was noted elsewhere: 13 hex digits, or the\n"
                   "decimal number of the gauge on /metrics.")
      ->type_name("SEQ:HEX|SEQ=DECIMAL");
  for (const char* const name : {"--key", "--key-id", "--anchor"}) {
    verify->get_option(name)->expected(1)->take_all();
  }
  return verify;
}

int run(int argc, char** argv) {
  CLI::App app("Looks at the shared-memory segments of shm_exporter, and at what it adds up.",
               "shmtool");
  app.require_subcommand(1);

  std::string path;
  bool as_json = false;
  CLI::App* dump_command = app.add_subcommand("dump", "Print everything that a segment holds.");
  dump_command->add_option("FILE", path, "a segment file (*.shmx)")->required();
  dump_command->add_flag("--json", as_json, "print one JSON object");

  TopFlags top_flags;
  const CLI::App* top_command = declare_top(app, top_flags);

  shmx::tool::AuditFlags audit_flags;
  const CLI::App* verify_command = declare_audit(app, audit_flags);

  int code = 0;
  CLI::App* check_command = declare_check(app);
  declare_check_files(*check_command, code);
  declare_check_tls(*check_command, code);

  CLI11_PARSE(app, argc, argv);
  if (check_command->parsed()) {
    return code;
  }
  if (verify_command->parsed()) {
    return shmx::tool::verify_audit(audit_flags);
  }
  return top_command->parsed() ? top(top_flags) : dump(path, as_json);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {  // out of memory, or a library's
    fmt::print(stderr, "shmtool: {}\n", error.what());
    return kFailed;
  }
}
