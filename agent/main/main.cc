// shm_exporter, the host agent: wires the rooms together and ends well. Here, and nowhere below,
// are clocks, flags, signals and threads.
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/config/config_check.h"
#include "agent/config/cross_checks.h"
#include "agent/config/flags.h"
#include "agent/config/log.h"
#include "agent/config/otlp_settings.h"
#include "agent/config/settings.h"
#include "agent/config/web_config.h"
#include "agent/identity/token.h"
#include "agent/main/collection.h"
#include "agent/main/host.h"
#include "agent/main/limited_log.h"
#include "agent/main/metrics_route.h"
#include "agent/main/outputs.h"
#include "agent/main/segment_directory.h"
#include "agent/self/self_metrics.h"
#include "agent/state/directory.h"
#include "agent/state/store.h"
#include "agent/web/pages.h"
#include "agent/web/server.h"

namespace {

using shmx::config::Flags;
using shmx::config::log;
using shmx::config::LogLevel;
using shmx::config::Settings;

// How long requests in flight may take after SIGTERM; service managers usually wait 90 s.
constexpr std::chrono::milliseconds kGrace{5'000};

// What a run that cannot start exits with.
constexpr int kStartError = 1;

// Warnings of what others cause, on whichever thread.
using Warn = std::function<void(const std::string&)>;

std::vector<shmx::web::Route> routes(const Flags& flags, shmx::Collection& collection,
                                     shmx::web::Route metrics) {
  std::vector<shmx::web::Route> all = {
      std::move(metrics), shmx::web::health_page(),
      shmx::web::readiness_page([&collection] { return collection.ready(); })};
  if (flags.telemetry_path != "/") {
    all.push_back(shmx::web::landing_page(
        "shm_exporter", "The metrics of this host's processes, over shared memory.",
        {{flags.telemetry_path, "Metrics"}, {"/-/healthy", "Health"}, {"/-/ready", "Readiness"}}));
  }
  return all;
}

shmx::feed::Options feed_options(const Flags& flags, const Settings& settings) {
  shmx::feed::Options options;
  options.listen_address = flags.feed_listen_address;
  options.max_subscribers = flags.feed_max_subscribers;
  options.mapping.instance = shmx::host_name();
  options.mapping.resource = {{"host.name", options.mapping.instance}};
  options.mapping.per_process_jobs = settings.per_process_jobs;
  return options;
}

shmx::OutputSettings outputs_of(const Flags& flags, const Settings& settings,
                                std::optional<shmx::push::Options> push) {
  shmx::OutputSettings outputs;
  outputs.push = std::move(push);
  outputs.version = SHMX_VERSION;
  outputs.state_directory = flags.state_directory;
  outputs.feed_is_default = flags.feed_is_default;
  if (!flags.feed_listen_address.empty()) {
    outputs.feed = feed_options(flags, settings);
  }
  return outputs;
}

void stop_on_signals(boost::asio::signal_set& signals, shmx::web::Server& server,
                     boost::asio::io_context& loop) {
  signals.async_wait([&](const boost::system::error_code& error, int signal) {
    if (error) {
      return;
    }
    log(LogLevel::info, "Stopping", {{"signal", std::to_string(signal)}});
    server.stop(kGrace, [&loop] { loop.stop(); });
  });
}

// The collector cannot go on. Whoever starts the agent again loses nothing: what is not in the
// state is still in its segment.
[[noreturn]] void end_now(const std::string& problem) {
  log(LogLevel::error, "Ending, to be started again", {{"err", problem}});
  std::_Exit(kStartError);
}

int serve(const Flags& flags, const Settings& settings,
          std::optional<shmx::push::Options> push_options) {
  shmx::raise_descriptor_limit();
  auto state = shmx::state::Directory::take(flags.state_directory);
  if (!state) {
    log(LogLevel::error, "Cannot keep totals", {{"err", state.error().message}});
    return kStartError;
  }
  boost::asio::io_context loop(1);
  boost::asio::signal_set signals(loop, SIGTERM, SIGINT);
  shmx::self::SelfMetrics self({.version = SHMX_VERSION, .revision = "", .compiler = __VERSION__},
                               "/proc");

  for (const std::string& directory : flags.segment_directories) {
    if (auto made = shmx::make_segment_directory(directory); !made) {
      log(LogLevel::warn, "Waiting for the segment directory", {{"err", made.error().message}});
    }
  }
  shmx::LimitedLog limited([](const std::string& sentence) { log(LogLevel::warn, sentence); });
  const Warn warn = [&limited](const std::string& sentence) {
    limited.warn(sentence, std::chrono::steady_clock::now());
  };
  shmx::CollectorConfig config;
  config.directories = flags.segment_directories;
  config.per_process_jobs = settings.per_process_jobs;
  config.budget = shmx::segment_budget();
  config.limits.retention = flags.retention;
  config.limits.linger = flags.linger;
  config.limits.series_per_job = flags.series_per_job;
  config.store = std::make_unique<shmx::state::Store>(std::move(state).value(), shmx::boot_id());
  config.warn = warn;
  shmx::Collection collection(std::move(config), flags.rescan_interval, flags.max_held_bytes, self,
                              end_now);
  const auto outputs = shmx::make_outputs(outputs_of(flags, settings, std::move(push_options)),
                                          {collection, self, warn});
  if (!outputs) {
    log(LogLevel::error, "Cannot start", {{"err", outputs.error().message}});
    return kStartError;
  }

  shmx::web::ServerHooks hooks;
  hooks.now = [] { return std::time(nullptr); };
  hooks.on_response = [&self](const std::string& route, unsigned status, std::size_t) {
    self.count_request(route.empty() ? "none" : route, static_cast<int>(status));
  };
  hooks.on_problem = warn;
  shmx::web::Server server(loop, {flags.listen_addresses, {}}, std::move(hooks),
                           routes(flags, collection,
                                  shmx::metrics_route({flags.telemetry_path, flags.max_requests,
                                                       flags.created_timestamps},
                                                      loop, collection, self, warn)));
  const auto bound = server.listen();
  if (!bound) {
    log(LogLevel::error, "Cannot listen", {{"err", bound.error().message}});
    return kStartError;
  }
  for (const std::string& address : bound.value()) {
    log(LogLevel::info, "Listening", {{"address", address}});
  }
  if (outputs->feed) {
    log(LogLevel::info, "Feeding", {{"address", outputs->feed->address()}});
  }
  stop_on_signals(signals, server, loop);
  collection.start();
  if (outputs->exporter) {
    outputs->exporter->start();
  }
  loop.run();
  if (outputs->exporter) {
    outputs->exporter->stop();
  }
  log(LogLevel::info, "Stopped");
  return 0;
}

int refuse_to_start(const shmx::Error& error) {
  std::fprintf(stderr, "shm_exporter: error: %s\n", error.message.c_str());
  return kStartError;
}

// What the files say, or why the agent does not start with them.
shmx::Result<Settings> load(const Flags& flags) {
  Settings settings;
  if (!flags.config_file.empty()) {
    auto loaded = shmx::config::load_settings(flags.config_file);
    if (!loaded) {
      return loaded.error();
    }
    settings = std::move(loaded).value();
  }
  std::optional<shmx::web::Config> web;
  if (!flags.web_config_file.empty()) {
    auto loaded = shmx::config::load_web_config(flags.web_config_file);
    if (!loaded) {
      return loaded.error();
    }
    web = std::move(loaded).value();
  }
  const auto problems =
      shmx::config::problems_together(settings.policy, web ? &*web : nullptr, flags);
  if (!problems.empty()) {
    return problems.front();
  }
  return settings;
}

shmx::Result<std::vector<std::string>> judge_key_set(const std::string& json) {
  const auto keys = shmx::identity::KeySet::parse(json);
  if (!keys) {
    return keys.error();
  }
  return keys.value().left_out();
}

int run(const std::vector<std::string>& arguments) {
  const auto parsed = shmx::config::parse_flags(arguments, SHMX_VERSION);
  if (const auto* exit = std::get_if<shmx::config::Exit>(&parsed)) {
    std::fputs(exit->text.c_str(), exit->code == 0 ? stdout : stderr);
    return exit->code;
  }
  const Flags& flags = std::get<Flags>(parsed);
  if (flags.config_check) {
    return shmx::config::print_report(
        shmx::config::check_configuration(flags, shmx::environment(), std::time(nullptr),
                                          judge_key_set),
        "shm_exporter");
  }
  const auto loaded = load(flags);
  if (!loaded) {
    return refuse_to_start(loaded.error());
  }
  const Settings& settings = loaded.value();
  auto otlp = shmx::config::otlp_settings(shmx::environment(), settings, flags, shmx::host_name());
  if (!otlp) {
    return refuse_to_start(otlp.error());
  }
  // Whoever read the log may have gone: that must not end the agent.
  std::signal(SIGPIPE, SIG_IGN);
  // What other daemons take for "reload" must not end this one, which has nothing to reload.
  std::signal(SIGHUP, SIG_IGN);
  shmx::config::set_up_log(flags.log_level, flags.log_format);
  log(LogLevel::info, "Starting shm_exporter", {{"version", SHMX_VERSION}});
  for (const std::string& warning : otlp->warnings) {
    log(LogLevel::warn, warning);
  }
  return serve(flags, settings, std::move(otlp->push));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + (argc > 0 ? 1 : 0), argv + argc});
  } catch (const std::exception& unexpected) {
    std::fprintf(stderr, "shm_exporter: error: %s\n", unexpected.what());
    return kStartError;
  }
}
