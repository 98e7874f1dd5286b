// Runs a server for a test.
#include "tests/agent/web/running_server.h"

#include <boost/asio/post.hpp>
#include <stdexcept>

#include "agent/web/pages.h"

namespace shmx::web {
namespace asio = boost::asio;

namespace {

/// 32 MiB: more than the socket buffers of both sides take.
constexpr std::size_t kLargeBytes = std::size_t{32} << 20;

/// The moment that the Date header shows: 1994-11-06 08:49:37 UTC.
constexpr std::time_t kNow = 784111777;

const std::shared_ptr<const std::string>& the_large_body() {
  static const auto kBody = std::make_shared<const std::string>(kLargeBytes, 'x');
  return kBody;
}

}  // namespace

RunningServer::RunningServer(const Options& options) : large_body(the_large_body()) {
  server_ = std::make_unique<Server>(
      loop_, ServerConfig{options.listen_addresses, options.limits, options.listening_sockets},
      hooks(), routes(options));
  if (options.config) {
    auto front = make_front(*options.config);
    if (!front) throw std::runtime_error(front.error().message);
    server_->replace(std::move(front).value());
  }
  auto bound = server_->listen();
  if (!bound) throw std::runtime_error(bound.error().message);
  addresses_ = std::move(bound).value();
  thread_ = std::thread([this] { loop_.run(); });
}

RunningServer::~RunningServer() {
  loop_.stop();
  thread_.join();
}

ServerHooks RunningServer::hooks() {
  ServerHooks hooks;
  hooks.now = [] { return kNow; };
  hooks.on_response = [this](const std::string& route, unsigned status, std::size_t bytes) {
    observations.put({route, status, bytes});
  };
  hooks.on_problem = [this](const std::string& problem) { problems.put(problem); };
  hooks.before_use = [this] { ++uses_; };
  hooks.on_refusal = [this](const std::string& peer, const std::string& reason,
                            const std::string& detail) {
    refusals.put({peer, reason, detail});
  };
  hooks.monotonic = [this] { return std::chrono::steady_clock::time_point(elapsed_.load()); };
  return hooks;
}

std::vector<Route> RunningServer::routes(const Options& options) {
  auto metrics = text_response(200, "requests_total 1");
  metrics.content_type = "text/plain; version=0.0.4; charset=utf-8";
  return {
      {"/", [](const Request&, const Responder& respond) { respond(text_response(200, "Home")); }},
      health_page(),
      readiness_page([this] { return ready_; }),
      {"/metrics", [metrics](const Request&, const Responder& respond) { respond(metrics); }},
      {"/held",
       [this](const Request& request, const Responder& respond) {
         held.put({request, respond});
       },
       options.max_requests},
      {"/large",
       [this](const Request&, const Responder& respond) {
         Response response;
         response.body = {large_body, *large_body};
         respond(response);
       },
       options.max_large},
      {"/dropped", [](const Request&, const Responder&) {}},
      {"/throwing", [](const Request&,
                       const Responder&) { throw std::runtime_error("/secret/path is broken"); }},
      {"/reload",
       [](const Request&, const Responder& respond) { respond(text_response(200, "reloaded")); }, 0,
       "POST"},
  };
}

void RunningServer::set_ready(bool ready) {
  Mailbox<bool> done;
  asio::post(loop_, [&] {
    ready_ = ready;
    done.put(true);
  });
  done.take();
}

void RunningServer::replace(const Config& config) {
  auto front = make_front(config);
  if (!front) throw std::runtime_error(front.error().message);
  Mailbox<bool> done;
  asio::post(loop_, [&] {
    server_->replace(std::move(front).value());
    done.put(true);
  });
  done.take();
}

void RunningServer::stop(std::chrono::milliseconds grace) {
  asio::post(loop_, [this, grace] { server_->stop(grace, [this] { stopped_.put(true); }); });
}

}  // namespace shmx::web
