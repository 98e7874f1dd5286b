// shmtool check: its commands and their flags.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <memory>
#include <string>

#include "agent/tool/check.h"
#include "agent/tool/check_segments.h"
#include "agent/tool/check_tls.h"
#include "agent/tool/commands.h"
#include "shm/registry.h"

namespace shmx::tool {
namespace {

void declare_check_files(CLI::App& group, int& code) {
  CLI::App* web = group.add_subcommand(
      "web-config", "Read a web-config.yml with its certificates and keys, as an agent would.");
  const auto web_file = std::make_shared<std::string>();
  web->add_option("FILE", *web_file, "the file of --web.config.file")->required();
  web->callback([web_file, &code] { code = check_web_config(*web_file); });

  CLI::App* config = group.add_subcommand(
      "config", "Read a shm-exporter.yml with what it names, as an agent would.");
  const auto files = std::make_shared<ConfigFiles>();
  config->add_option("FILE", files->config, "the file of --config.file")->required();
  config
      ->add_option("--web.config.file", files->web_config, "the agent's other file, if it has one")
      ->type_name("FILE");
  config->callback([files, &code] { code = check_config(*files); });
}

int run_check_segments(const std::string& directory) {
  const Result<SegmentsVerdict> verdict = check_segments(directory);
  if (!verdict) {
    fmt::print(stderr, "shmtool: {}\n", verdict.error().message);
    return kFailed;
  }
  return print_out(verdict->text) && verdict->fits ? 0 : kFailed;
}

void declare_check_segments(CLI::App& group, int& code) {
  CLI::App* segments = group.add_subcommand(
      "segments", "Say who publishes in a directory, what is wrong there, and what to do.");
  const auto directory = std::make_shared<std::string>(kDefaultDirectory);
  segments->add_option("DIR", *directory, "a directory of segments")->capture_default_str();
  segments->callback([directory, &code] { code = run_check_segments(*directory); });
}

/// A server that does not answer for this long is down for whoever waits for the tool.
constexpr std::uint64_t kLongestTlsTimeoutMs = 60'000;

struct CheckTlsFlags {
  TlsCheck check;
  std::uint64_t timeout_ms = 5'000;
};

int run_check_tls(const CheckTlsFlags& flags) {
  TlsCheck check = flags.check;
  check.timeout = std::chrono::milliseconds(flags.timeout_ms);
  const TlsVerdict verdict = tool::check_tls(check, std::time(nullptr));
  return print_out(verdict.text) && verdict.fits ? 0 : kFailed;
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
      ->type_name("h2|http/1.1");
  tls->add_option("--timeout", flags->timeout_ms, "Default: 5s.")
      ->transform(duration(1, kLongestTlsTimeoutMs, "1ms to 1m"))
      ->type_name("DURATION");
  CLI::Option* const certificate = tls->add_option("--cert", flags->check.certificate_file,
                                                   "PEM client certificate, for mutual TLS.")
                                       ->type_name("FILE");
  CLI::Option* const key =
      tls->add_option("--key", flags->check.key_file, "Its PEM key.")->type_name("FILE");
  certificate->needs(key);
  key->needs(certificate);
  tls->callback([flags, &code] { code = run_check_tls(*flags); });
}

}  // namespace

void declare_check(CLI::App& app, int& code) {
  CLI::App* group = app.add_subcommand("check", "Say what is wrong before it matters.");
  group->require_subcommand(1);
  declare_check_segments(*group, code);
  declare_check_files(*group, code);
  declare_check_tls(*group, code);
}

}  // namespace shmx::tool
