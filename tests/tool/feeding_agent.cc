#include "tests/tool/feeding_agent.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

namespace shmx::tool::test {
namespace {

constexpr std::int64_t kStart = 1'600'000'000'000'000'000;

std::shared_ptr<const model::Series> series(Labels labels) {
  return std::make_shared<const model::Series>(std::move(labels));
}

/// Three calls that went well and one that failed since the snapshot before; 60 threads.
std::shared_ptr<const model::Epoch> epoch_after(int snapshots) {
  const auto labels = [](std::string_view code) {
    return series({{"grpc_code", std::string(code)},
                   {"grpc_method", "Place"},
                   {"grpc_service", "shop.Orders"},
                   {"grpc_type", "unary"},
                   {"job", "orders"}});
  };
  auto handled = std::make_shared<model::FamilyInfo>();
  handled->name = "grpc_server_handled_total";
  handled->type = model::Type::counter;
  auto processes = std::make_shared<model::FamilyInfo>();
  processes->name = "shm_exporter_job_processes";
  processes->type = model::Type::gauge;
  auto snapshot = std::make_shared<model::Snapshot>();
  snapshot->families = {
      {handled,
       {{labels("NotFound"), model::CounterValue{snapshots}, kStart},
        {labels("OK"), model::CounterValue{model::Ticks{3} * snapshots}, kStart}}},
      {processes, {{series({{"job", "orders"}}), model::GaugeValue{60}}}}};
  return std::make_shared<const model::Epoch>(model::Epoch{std::move(snapshot), {}});
}

}  // namespace

FeedingAgent::FeedingAgent(const std::string& address) {
  feed::Hooks hooks;
  hooks.collect = [this](const std::function<void(const feed::Families&)>& answer) {
    answer(feed::Families(epoch_after(++snapshots_)));
  };
  hooks.judge = [](const identity::Presented&,
                   const std::function<void(const identity::Verdict&)>& answer) {
    answer(identity::Reader{"anyone", {}});
  };
  hooks.now = [] { return std::chrono::system_clock::now(); };
  hooks.on_call = [](const std::string&, const std::string&) {};
  hooks.on_subscribers = [](std::size_t) {};
  hooks.on_snapshots = [](std::size_t, std::size_t) {};
  hooks.warn = [](const std::string&) {};
  feed::Options options;
  options.listen_address = address;
  auto started = feed::Server::start(std::move(options), std::move(hooks));
  if (!started) {
    ADD_FAILURE() << started.error().message;
    return;
  }
  server_ = std::move(started).value();
}

}  // namespace shmx::tool::test
