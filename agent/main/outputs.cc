#include "agent/main/outputs.h"

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <future>
#include <random>
#include <system_error>
#include <utility>

#include "agent/audit/digest.h"
#include "agent/push/endpoint_hint.h"
#include "agent/push/transport.h"
#include "agent/state/acknowledged.h"
#include "agent/web/url.h"

namespace shmx {
namespace {

using Clock = std::chrono::steady_clock;

using Pages = Result<std::shared_ptr<const model::Page>>;

Pages page_of(const Collection::Families& epoch, const model::Scope& scope) {
  if (!epoch) {
    return epoch.error();
  }
  return std::make_shared<const model::Page>(epoch.value(), scope);
}

/// Waits for the collector's thread. Who has given up leaves the promise to it.
Pages page_of_now(Collection& collection, const model::Scope& scope, Clock::time_point until) {
  auto promise = std::make_shared<std::promise<Collection::Families>>();
  auto families = promise->get_future();
  collection.request_families([promise](const auto& answer) { promise->set_value(answer); });
  if (families.wait_until(until) != std::future_status::ready) {
    return Error{"the segments were not read in time", ETIMEDOUT};
  }
  return page_of(families.get(), scope);
}

/// 0 to 1. The exporter's thread only.
std::function<double()> dice() {
  return [engine = std::minstd_rand(std::random_device()()),
          share = std::uniform_real_distribution<double>()]() mutable { return share(engine); };
}

model::Scope scope_of(const Push& push) {
  return push.tenant.empty() ? model::Scope{} : model::Scope{false, {push.tenant}};
}

push::AcknowledgedStore store_in(const std::string& state_directory, const std::string& tenant) {
  // As for the state itself: SQLite follows no symlinks on the way to its file, and /var/run is
  // one.
  std::error_code failed;
  const std::filesystem::path real = std::filesystem::canonical(state_directory, failed);
  const auto file = std::make_shared<state::AcknowledgedFile>(
      (failed ? std::filesystem::path(state_directory) : real) /
      (tenant.empty() ? "acknowledged.db" : "acknowledged-" + tenant + ".db"));
  return {[file] { return file->load(); },
          [file](const model::AcknowledgedChanges& changes) { return file->save(changes); }};
}

/// What a receiver accepted is on record by its digest.
std::function<void(std::string_view)> recorder(const Push& push, Records& records) {
  if (!records.on()) {
    return {};
  }
  return [&records, url = web::without_secrets(push.options.url),
          scope = scope_of(push)](std::string_view bytes) {
    const std::string digest = audit::hex(audit::sha256(bytes));
    records.given({"push", url, {}, scope, digest, bytes.size()}, [](bool /*recorded*/) {});
  };
}

/// Whose push it is, in front: several may have the same trouble.
std::function<void(const std::string&)> warning_of(const Push& push, const OutputWiring& wiring) {
  if (push.tenant.empty()) {
    return wiring.warn;
  }
  return [warn = wiring.warn, whose = "tenant " + push.tenant + ": "](const std::string& sentence) {
    warn(whose + sentence);
  };
}

Result<std::unique_ptr<push::Exporter>> make_exporter(Push push, const OutputSettings& settings,
                                                      const OutputWiring& wiring) {
  const push::Options& options = push.options;
  auto transport =
      push::make_transport(options, "OTel-OTLP-Exporter-shm_exporter/" + settings.version);
  if (!transport) {
    return transport.error();
  }
  const auto warn = warning_of(push, wiring);
  if (options.path_as_given && push::misses_its_end(options.url)) {
    warn("OTLP push: " + push::endpoint_hint(options.url));
  }
  self::PushMetrics& metrics = wiring.self.enable_push(push.tenant);
  push::Hooks hooks;
  hooks.collect = [&collection = wiring.collection, scope = scope_of(push)](
                      Clock::time_point until) { return page_of_now(collection, scope, until); };
  hooks.now = [] { return std::chrono::system_clock::now(); };
  hooks.on_push = [&metrics](const push::Report& report) {
    const std::chrono::duration<double> since_epoch =
        std::chrono::system_clock::now().time_since_epoch();
    metrics.observe(report, since_epoch.count());
  };
  hooks.on_accepted = recorder(push, wiring.records);
  hooks.warn = warn;
  hooks.random = dice();
  push::AcknowledgedStore store;
  if (options.temporality == otlp::Temporality::delta) {
    store = store_in(settings.state_directory, push.tenant);
  }
  return std::make_unique<push::Exporter>(std::move(push.options), std::move(transport).value(),
                                          std::move(hooks), std::move(store));
}

Result<std::unique_ptr<feed::Server>> start_feed(feed::Options options,
                                                 const OutputWiring& wiring) {
  self::FeedMetrics& metrics = wiring.self.enable_feed();
  feed::Hooks hooks;
  hooks.collect = [&collection = wiring.collection](const auto& receiver) {
    collection.request_families(receiver);
  };
  hooks.judge = [&access = wiring.access](const identity::Presented& presented,
                                          identity::Judge::Receiver receiver) {
    access.judge("grpc", presented, std::move(receiver));
  };
  hooks.now = [] { return std::chrono::system_clock::now(); };
  hooks.on_call = [&metrics](const std::string& method, const std::string& code) {
    metrics.count_call(method, code);
  };
  hooks.on_subscribers = [&metrics](std::size_t count) { metrics.set_subscribers(count); };
  hooks.on_snapshots = [&metrics](std::size_t sent, std::size_t skipped) {
    metrics.count_snapshots(sent, skipped);
  };
  hooks.warn = wiring.warn;
  if (wiring.records.on()) {
    hooks.may_send = [&records = wiring.records](const identity::Reader& reader,
                                                 const std::string& peer, std::string_view bytes) {
      const std::string digest = audit::hex(audit::sha256(bytes));
      std::promise<bool> recorded;
      records.given({"snapshot", reader.name, peer, reader.scope, digest, bytes.size()},
                    [&recorded](bool done) { recorded.set_value(done); });
      return recorded.get_future().get();
    };
  }
  return feed::Server::start(std::move(options), std::move(hooks));
}

}  // namespace

Result<Outputs> make_outputs(OutputSettings settings, const OutputWiring& wiring) {
  Outputs outputs;
  for (const Push& push : settings.pushes) {
    auto exporter = make_exporter(push, settings, wiring);
    if (!exporter) {
      const std::string whose = push.tenant.empty() ? "" : " of tenant " + push.tenant;
      return Error{"OTLP push" + whose + ": " + exporter.error().message, exporter.error().code};
    }
    outputs.exporters.push_back(std::move(exporter).value());
  }
  if (settings.feed) {
    auto feed = start_feed(std::move(*settings.feed), wiring);
    if (feed) {
      outputs.feed = std::move(feed).value();
    } else if (settings.feed_is_default) {
      wiring.warn("no gRPC feed: " + feed.error().message);
    } else {
      return Error{"gRPC feed: " + feed.error().message, feed.error().code};
    }
  }
  return outputs;
}

}  // namespace shmx
