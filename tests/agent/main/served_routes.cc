#include "tests/agent/main/served_routes.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <utility>

namespace shmx::testing {
namespace {

constexpr std::chrono::hours kNoRescan{24};

void fail(const std::string& sentence) {
  ADD_FAILURE() << sentence;
}

/// Without files: whoever comes sees everything.
std::unique_ptr<Access> open_access() {
  AccessHooks hooks;
  hooks.now_unix_ns = [] { return std::int64_t{1}; };
  hooks.check = [](const identity::Policy& /*policy*/,
                   const web::Config* /*web*/) -> std::optional<Error> { return std::nullopt; };
  hooks.warn = fail;
  hooks.on_refusal = [](const std::string& /*door*/, const identity::Presented& /*presented*/,
                        const identity::Refusal& refusal) { fail(refusal.detail); };
  return std::move(Access::open({}, std::move(hooks))).value();
}

CollectorConfig config_of(const std::string& directory) {
  CollectorConfig config;
  config.directories = {directory};
  return config;
}

}  // namespace

ServedRoutes::ServedRoutes(const std::string& directory, std::size_t held_bytes,
                           std::unique_ptr<audit::Log> log)
    : access_(open_access()),
      records_(std::move(log), false, {}),
      collection_(config_of(directory), kNoRescan, held_bytes, self_, fail) {}

ServedRoutes::~ServedRoutes() {
  loop_.stop();
  thread_.join();
}

void ServedRoutes::serve(std::vector<web::Route> routes, const web::Config& config) {
  auto& last = routes.back();
  last.handler = [this, handle = last.handler](const web::Request& request,
                                               web::Responder respond) {
    handle(request, std::move(respond));
    asked_.put(true);
  };
  web::ServerHooks hooks;
  hooks.now = [] { return 0; };
  hooks.on_response = [this](const std::string& path, unsigned status, std::size_t /*bytes*/) {
    self_.count_request(path, static_cast<int>(status));
  };
  hooks.on_problem = fail;
  server_.emplace(loop_, web::ServerConfig{{"127.0.0.1:0"}, {}}, std::move(hooks),
                  std::move(routes));
  server_->replace(web::make_front(config).value());
  address_ = server_->listen().value().front();
  thread_ = std::thread([this] { loop_.run(); });
}

}  // namespace shmx::testing
