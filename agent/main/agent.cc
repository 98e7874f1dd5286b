#include "agent/main/agent.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "agent/config/cross_checks.h"
#include "agent/config/log.h"
#include "agent/main/access.h"
#include "agent/main/collection.h"
#include "agent/main/host.h"
#include "agent/main/limited_log.h"
#include "agent/main/metrics_route.h"
#include "agent/main/outputs.h"
#include "agent/main/protect.h"
#include "agent/main/pushes.h"
#include "agent/main/records.h"
#include "agent/main/refusal_log.h"
#include "agent/main/segment_directory.h"
#include "agent/main/status_route.h"
#include "agent/main/supervision.h"
#include "agent/self/self_metrics.h"
#include "agent/state/directory.h"
#include "agent/state/store.h"
#include "agent/web/pages.h"
#include "agent/web/server.h"
#include "agent/web/url.h"

namespace shmx {
namespace {

using config::Flags;
using config::log;
using config::LogLevel;

// How long requests in flight may take after SIGTERM; service managers usually wait 90 s.
constexpr std::chrono::milliseconds kGrace{5'000};

/// The collector cannot go on. Whoever starts the agent again loses nothing: what is not in the
/// state is still in its segment.
[[noreturn]] void end_now(const std::string& problem) {
  log(LogLevel::error, "Ending, to be started again", {{"err", problem}});
  std::_Exit(EXIT_FAILURE);
}

std::int64_t unix_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

class Agent::Impl {
 public:
  Impl(const Flags& flags, const std::string& version, const ServiceManager& manager)
      : flags_(flags),
        version_(version),
        manager_(manager),
        signals_(loop_, SIGTERM, SIGINT),
        reloads_(loop_, SIGHUP),
        look_(loop_),
        self_({.version = version, .revision = "", .compiler = __VERSION__}, "/proc"),
        limited_([](const std::string& sentence) { log(LogLevel::warn, sentence); }),
        warn_([this](const std::string& sentence) {
          limited_.warn(sentence, std::chrono::steady_clock::now());
        }),
        refusals_([this](const RefusalLog::Refused& refused, std::uint64_t before) {
          tell_refusal(refused, before);
        }) {}

  Result<bool> start(const config::Environment& environment);
  void run();

 private:
  Result<bool> open_access();
  Result<bool> open_records();
  Result<bool> open_collection();
  Result<web::ServerConfig> server_config() const;
  Result<bool> open_server();
  void note_refusal(RefusalLog::Refused refused);
  void tell_refusal(const RefusalLog::Refused& refused, std::uint64_t before);
  void show_access(const InForce& in_force, const std::string& problem);
  void use(const InForce& in_force, const std::string& problem);
  std::vector<web::Route> routes();
  void stop_on_signals();
  void reload_on_signals();
  void look_at_files();

  const Flags flags_;
  const std::string version_;
  const ServiceManager manager_;
  boost::asio::io_context loop_{1};
  boost::asio::signal_set signals_;
  boost::asio::signal_set reloads_;
  boost::asio::steady_timer look_;
  self::SelfMetrics self_;
  LimitedLog limited_;
  const std::function<void(const std::string&)> warn_;
  RefusalLog refusals_;
  std::unique_ptr<Records> records_;
  std::unique_ptr<Access> access_;
  std::unique_ptr<Collection> collection_;
  Outputs outputs_;
  std::vector<status::PushTarget> push_targets_;
  std::unique_ptr<web::Server> server_;
  std::shared_ptr<const web::Front> front_;  ///< the server's; loop thread
  std::unique_ptr<Supervision> supervision_;
};

Result<bool> Agent::Impl::start(const config::Environment& environment) {
  raise_descriptor_limit();
  if (auto opened = open_access(); !opened) {
    return opened;
  }
  auto pushes = pushes_of(flags_, access_->in_force()->settings, environment);
  if (!pushes) {
    return pushes.error();
  }
  for (const std::string& warning : pushes->warnings) {
    log(LogLevel::warn, warning);
  }
  if (auto watched = access_->watch_certificates(certificate_files_of(pushes->pushes)); !watched) {
    return watched;
  }
  show_access(*access_->in_force(), "");
  if (auto opened = open_records(); !opened) {
    return opened;
  }
  if (auto opened = open_collection(); !opened) {
    return opened;
  }
  OutputSettings settings;
  for (const Push& push : pushes->pushes) {
    push_targets_.push_back({web::without_secrets(push.options.url), push.tenant});
  }
  settings.pushes = std::move(pushes->pushes);
  settings.version = version_;
  settings.state_directory = flags_.state_directory;
  settings.feed = feed_options_of(flags_, *access_);
  settings.feed_is_default = flags_.feed_is_default;
  auto outputs =
      make_outputs(std::move(settings), {*collection_, self_, *access_, *records_, warn_});
  if (!outputs) {
    return outputs.error();
  }
  outputs_ = std::move(outputs).value();
  return open_server();
}

Result<bool> Agent::Impl::open_access() {
  AccessHooks hooks;
  hooks.now_unix_ns = unix_ns;
  hooks.own_uid = ::geteuid();
  hooks.check = [this](const identity::Policy& policy,
                       const web::Config* web) -> std::optional<Error> {
    const auto problems = config::problems_together(policy, web, flags_);
    return problems.empty() ? std::nullopt : std::optional(problems.front());
  };
  hooks.warn = warn_;
  hooks.on_reload = [this](const InForce& in_force, const std::string& problem) {
    use(in_force, problem);
  };
  hooks.on_refusal = [this](const std::string& door, const identity::Presented& presented,
                            const identity::Refusal& refusal) {
    note_refusal({door, presented.peer, refusal.reason, refusal.detail});
  };
  auto access = Access::open({flags_.config_file, flags_.web_config_file}, std::move(hooks));
  if (!access) {
    return access.error();
  }
  access_ = std::move(access).value();
  return true;
}

Result<bool> Agent::Impl::open_records() {
  const audit::Options& options = access_->in_force()->settings.audit;
  std::unique_ptr<audit::Log> audit;
  if (!options.directory.empty()) {
    auto opened = audit::Log::open(options, {unix_ns, warn_});
    if (!opened) {
      return Error{"audit: " + opened.error().message, opened.error().code};
    }
    audit = std::move(opened).value();
    self_.before_collect([this] {
      const audit::Log& kept = *records_->log();
      const audit::Head head = kept.head();
      self_.access().set_audit(
          {head.records, head.prefix, kept.lost_records(), kept.write_failures()});
    });
  }
  records_ = std::make_unique<Records>(std::move(audit), options.required, warn_);
  records_->started(version_, *access_->in_force());
  return true;
}

Result<bool> Agent::Impl::open_collection() {
  auto state = state::Directory::take(flags_.state_directory);
  if (!state) {
    return Error{"cannot keep totals: " + state.error().message, state.error().code};
  }
  const auto in_force = access_->in_force();
  const identity::Policy& policy = in_force->settings.policy;
  CollectorConfig config;
  config.tenants = policy.tenants;
  config.service_identities = policy.service_identities;
  config.service_authorities_pem = in_force->service_authorities;
  // Where tenants are told apart, a directory for everybody is one that somebody has asked for.
  if (policy.tenants.empty() || !flags_.segment_directory_is_default) {
    config.directories = flags_.segment_directories;
  }
  make_segment_directories(config.tenants, config.directories, warn_);
  config.per_process_jobs = in_force->settings.per_process_jobs;
  config.measured_jobs = in_force->settings.process_metrics_jobs;
  config.budget = segment_budget();
  config.limits.retention = flags_.retention;
  config.limits.linger = flags_.linger;
  config.limits.series_per_job = flags_.series_per_job;
  config.store = std::make_unique<state::Store>(std::move(state).value(), boot_id());
  config.warn = warn_;
  if (records_->on()) {
    config.on_segment = [this](const SegmentEvent& event) { records_->segment(event); };
  }
  collection_ = std::make_unique<Collection>(std::move(config), flags_.rescan_interval,
                                             flags_.max_held_bytes, self_, end_now);
  supervision_ =
      std::make_unique<Supervision>(loop_, manager_, *collection_, flags_.rescan_interval);
  if (records_->on()) {
    collection_->enable_digests();
  }
  return true;
}

Result<bool> Agent::Impl::open_server() {
  web::ServerHooks hooks;
  hooks.now = [] { return std::time(nullptr); };
  hooks.on_response = [this](const std::string& route, unsigned status, std::size_t) {
    self_.count_request(route.empty() ? "none" : route, static_cast<int>(status));
  };
  hooks.on_problem = warn_;
  hooks.before_use = [this] { look_at_files(); };
  hooks.on_refusal = [this](const std::string& peer, const std::string& reason,
                            const std::string& detail) {
    note_refusal({"http", peer, reason, detail});
  };
  auto config = server_config();
  if (!config) {
    return config.error();
  }
  server_ =
      std::make_unique<web::Server>(loop_, std::move(config).value(), std::move(hooks), routes());
  look_at_files();
  const auto bound = server_->listen();
  if (!bound) {
    return bound.error();
  }
  for (const std::string& address : bound.value()) {
    const bool tls = access_->in_force()->web.tls && !address.starts_with("unix:");
    log(LogLevel::info, "Listening", {{"address", address}, {"tls", tls ? "true" : "false"}});
  }
  if (outputs_.feed) {
    log(LogLevel::info, "Feeding", {{"address", outputs_.feed->address()}});
  }
  return true;
}

Result<web::ServerConfig> Agent::Impl::server_config() const {
  web::ServerConfig config;
  if (!flags_.systemd_socket) {
    if (manager_.has_sockets()) {
      warn_(
          "The service manager has handed over sockets that are not used: add "
          "--web.systemd-socket, or disable the socket unit");
    }
    config.listen_addresses = flags_.listen_addresses;
    return config;
  }
  auto sockets = manager_.listening_sockets();
  if (!sockets) {
    return sockets.error();
  }
  config.listening_sockets = std::move(sockets).value();
  return config;
}

std::vector<web::Route> Agent::Impl::routes() {
  const MetricsRouteWiring wiring{loop_, *collection_, self_, *access_, *records_, warn_};
  std::vector<web::Route> all = {
      metrics_route({flags_.telemetry_path, flags_.max_requests, flags_.created_timestamps},
                    wiring),
      web::health_page(), web::readiness_page([this] { return collection_->ready(); })};
  all.push_back(status_route({version_, flags_.telemetry_path, push_targets_},
                             {loop_, *collection_, *access_, *records_, warn_}));
  if (flags_.telemetry_path != "/") {
    std::ranges::move(status_page_routes(*access_, loop_), std::back_inserter(all));
  }
  if (flags_.enable_lifecycle) {
    all.push_back(reload_page(*access_, loop_));
  }
  return all;
}

/// On any thread.
void Agent::Impl::note_refusal(RefusalLog::Refused refused) {
  self_.access().count_refusal(refused.door, refused.reason);
  refusals_.note(std::move(refused), std::chrono::steady_clock::now());
}

void Agent::Impl::tell_refusal(const RefusalLog::Refused& refused, std::uint64_t before) {
  log(LogLevel::warn, "Refused a reader",
      {{"door", refused.door},
       {"peer", refused.peer},
       {"reason", refused.reason},
       {"detail", refused.detail},
       {"times_since_last_told", std::to_string(before)}});
  records_->refused(refused.door, refused.peer, refused.reason, refused.detail);
}

void Agent::Impl::show_access(const InForce& in_force, const std::string& problem) {
  self_.access().set_reload(problem.empty(), static_cast<double>(unix_ns()) / 1e9);
  std::vector<self::CertificateExpiry> certificates;
  std::ranges::transform(in_force.certificates, std::back_inserter(certificates),
                         [](const CertificateInUse& certificate) {
                           return self::CertificateExpiry{
                               certificate.file, certificate.subject,
                               static_cast<double>(certificate.not_after_unix_s)};
                         });
  self_.access().set_certificates(certificates);
}

/// On whichever thread looked at the files.
void Agent::Impl::use(const InForce& in_force, const std::string& problem) {
  show_access(in_force, problem);
  records_->reloaded(in_force, problem);
  if (problem.empty()) {
    log(LogLevel::info, "Reloaded the configuration");
    if (collection_) {  // What is read at the start it is given then.
      collection_->use_policy(in_force.settings.policy, in_force.service_authorities);
      collection_->use_process_metrics(in_force.settings.process_metrics_jobs);
    }
  } else {
    log(LogLevel::error, "Cannot use the new configuration; the last one stays in force",
        {{"err", problem}});
  }
}

/// For connections and requests that come, and now and then for nobody, so that what is broken is
/// told before anybody needs it.
void Agent::Impl::look_at_files() {
  const auto in_force = access_->refresh();
  if (in_force->front != front_) {
    front_ = in_force->front;
    server_->replace(front_);
  }
  look_.expires_after(flags_.rescan_interval);
  look_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled) {
      look_at_files();
    }
  });
}

void Agent::Impl::stop_on_signals() {
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) {
      return;
    }
    log(LogLevel::info, "Stopping", {{"signal", std::to_string(signal)}});
    records_->stopping(std::to_string(signal));
    supervision_->stops();
    server_->stop(kGrace, [this] { loop_.stop(); });
  });
}

void Agent::Impl::reload_on_signals() {
  reloads_.async_wait([this](const boost::system::error_code& error, int /*signal*/) {
    if (error) {
      return;
    }
    supervision_->reload_begins();
    (void)access_->reload();  // It is told by use().
    look_at_files();
    supervision_->reload_ends();
    reload_on_signals();
  });
}

void Agent::Impl::run() {
  stop_on_signals();
  reload_on_signals();
  collection_->start();
  supervision_->start();
  for (const auto& exporter : outputs_.exporters) {
    exporter->start();
  }
  loop_.run();
  // All at once: a receiver that does not answer costs its push's time, and none of the others'.
  for (const auto& exporter : outputs_.exporters) {
    exporter->ask_to_stop();
  }
  for (const auto& exporter : outputs_.exporters) {
    exporter->stop();
  }
  log(LogLevel::info, "Stopped");
}

Agent::Agent(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Agent::~Agent() = default;

Result<std::unique_ptr<Agent>> Agent::make(const config::Flags& flags,
                                           const config::Environment& environment,
                                           const std::string& version,
                                           const ServiceManager& manager) {
  auto impl = std::make_unique<Impl>(flags, version, manager);
  if (auto started = impl->start(environment); !started) {
    return started.error();
  }
  return std::unique_ptr<Agent>(new Agent(std::move(impl)));
}

void Agent::run() {
  impl_->run();
}

}  // namespace shmx
