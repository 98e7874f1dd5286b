// See output_flags.h.
#include "agent/config/output_flags.h"

#include <CLI/CLI.hpp>

#include "agent/config/otlp_table.h"

namespace shmx::config {
namespace {

// More subscribers than this are no host's.
constexpr std::size_t kMostSubscribers = 10'000;

// What turns the feed off.
constexpr const char* kNoFeed = "none";

// The values are checked with those of the environment and the file.
void declare_otlp(CLI::App& app, Flags& flags) {
  for (const OtlpSetting& setting : otlp_table()) {
    if (setting.help.empty()) {
      continue;
    }
    const auto keep = [&flags, word = std::string(setting.word)](const std::string& value) {
      flags.otlp[word] = value;
    };
    app.add_option_function<std::string>(otlp_flag(setting), keep, std::string(setting.help))
        ->type_name(std::string(setting.value))
        ->default_str(std::string(setting.standard))
        ->group("OTLP push");
  }
}

void declare_feed(CLI::App& app, Flags& flags) {
  const std::string group = "gRPC feed";
  app.add_option("--feed.listen-address", flags.feed_listen_address,
                 "Where clients subscribe; beyond loopback only with\n"
                 "TLS, by --web.config.file.")
      ->type_name("unix:PATH|HOST:PORT|none")
      ->default_str("unix:STATE_DIRECTORY/feed.sock")
      ->group(group);
  app.add_option("--feed.max-subscribers", flags.feed_max_subscribers,
                 "Subscriptions at once; more are refused.")
      ->check(CLI::Range(std::size_t{1}, kMostSubscribers).description(""))
      ->type_name("NUMBER")
      ->capture_default_str()
      ->group(group);
}

}  // namespace

void declare_outputs(CLI::App& app, Flags& flags) {
  declare_otlp(app, flags);
  declare_feed(app, flags);
}

void settle_outputs(Flags& flags) {
  flags.feed_is_default = flags.feed_listen_address.empty();
  if (flags.feed_is_default) {
    flags.feed_listen_address = "unix:" + flags.state_directory + "/feed.sock";
  } else if (flags.feed_listen_address == kNoFeed) {
    flags.feed_listen_address.clear();
  }
}

}  // namespace shmx::config
