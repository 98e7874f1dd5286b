// The client load of the demo and the end-to-end tests. Calls the services, counts for itself what
// happened, and prints that as JSON when it has ended: the truth that a scrape is held against.
// With --calls 0 it ends on SIGTERM or SIGINT.
#include <grpcpp/security/credentials.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "shim/client_interceptor.h"
#include "tests/e2e/services/load.h"

namespace {

using shmx::demo::LoadFacts;
using shmx::demo::LoadPlan;
using shmx::demo::Target;

/// For a service to accept the first connection.
constexpr std::chrono::seconds kConnectTimeout{60};

struct Flags {
  std::vector<std::string> targets;
  std::string job = "shop";
  std::string directory;
  LoadPlan plan;
};

/// Reads "SERVICE=ADDRESS" and connects.
std::optional<Target> connect(const std::string& text, const Flags& flags) {
  shmx::ClientOptions options;
  options.process.service = flags.job;
  options.process.directory = flags.directory;
  options.client_handling_time_histogram = true;
  options.client_stream_receive_time_histogram = true;
  options.client_stream_send_time_histogram = true;
  options.in_flight = true;

  const std::size_t equals = std::min(text.find('='), text.size() - 1);
  Target target{text.substr(0, equals), text.substr(equals + 1), {}};
  const auto channel =
      shmx::create_channel(target.address, grpc::InsecureChannelCredentials(), options);
  target.calls = shmx::demo::calls_of(target.service, channel);
  if (target.calls.empty()) {
    std::cerr << text << ": SERVICE=ADDRESS expected, with a known service\n";
    return std::nullopt;
  }
  if (!channel->WaitForConnected(std::chrono::system_clock::now() + kConnectTimeout)) {
    std::cerr << text << ": cannot connect\n";
    return std::nullopt;
  }
  return target;
}

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

LoadFacts run_plan(const LoadPlan& plan) {
  if (plan.calls > 0) {
    return shmx::demo::run_load(plan, {});
  }
  LoadFacts facts;
  std::jthread load([&](const std::stop_token& stop) { facts = run_load(plan, stop); });
  const sigset_t signals = stop_signals();
  int signal = 0;
  sigwait(&signals, &signal);
  load.request_stop();
  load.join();
  return facts;
}

boost::json::value to_json(const Flags& flags, const LoadFacts& facts) {
  boost::json::array calls;
  for (const auto& [key, value] : facts) {
    const auto& [target, kind] = key;
    calls.push_back({{"job", flags.plan.targets[target].service},
                     {"target", flags.plan.targets[target].address},
                     {"type", kind.type},
                     {"service", kind.service},
                     {"method", kind.method},
                     {"code", static_cast<int>(kind.code)},
                     {"calls", value.calls},
                     {"sent", value.messages_sent},
                     {"received", value.messages_received},
                     {"units", value.units_ordered}});
  }
  return {{"job", flags.job}, {"calls", std::move(calls)}};
}

int run(int argc, char** argv) {
  CLI::App app("A load of gRPC calls that knows what it did.");
  Flags flags;
  flags.plan.threads = 4;
  app.add_option("--target", flags.targets, "SERVICE=ADDRESS; repeatable, called at random")
      ->required();
  app.add_option("--dir", flags.directory, "the segment directory")->required();
  app.add_option("--job", flags.job, "the name of the client's own job");
  app.add_option("--calls", flags.plan.calls, "calls in all; 0: until SIGTERM or SIGINT");
  app.add_option("--rate", flags.plan.calls_per_second, "calls per second in all; 0: no pause");
  app.add_option("--threads", flags.plan.threads)->check(CLI::Range(1, 64));
  CLI11_PARSE(app, argc, argv);

  if (flags.plan.calls == 0) {
    // Before any thread starts, so that none but sigwait() takes them.
    const sigset_t signals = stop_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  }
  for (const std::string& text : flags.targets) {
    auto target = connect(text, flags);
    if (!target) {
      return 1;
    }
    flags.plan.targets.push_back(std::move(*target));
  }
  const LoadFacts facts = run_plan(flags.plan);
  std::cout << boost::json::serialize(to_json(flags, facts)) << std::endl;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
