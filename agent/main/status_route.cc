#include "agent/main/status_route.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <utility>

#include "agent/audit/digest.h"
#include "agent/main/protect.h"
#include "agent/main/user_names.h"
#include "agent/status/page.h"
#include "agent/web/content_coding.h"
#include "agent/web/gzip.h"
#include "agent/web/query.h"

namespace shmx {
namespace {

constexpr const char* kPasswd = "/etc/passwd";

std::int64_t unix_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

web::Response unavailable() {
  auto response = web::text_response(503, "Service Unavailable");
  response.headers.push_back({"Retry-After", "1"});
  return response;
}

/// One request, as long as it is under way.
struct Asked {
  std::vector<std::string> jobs;
  bool gzip = false;
  std::string peer;
  identity::Reader reader;
  web::Responder respond;
};

class StatusMaker : public std::enable_shared_from_this<StatusMaker> {
 public:
  StatusMaker(StatusRouteOptions options, const StatusRouteWiring& wiring)
      : options_(std::move(options)), wiring_(wiring) {}

  /// On the loop's thread, as all of these.
  void ask(Asked asked) {
    wiring_.collection.request_overview(
        [self = shared_from_this(), asked = std::make_shared<const Asked>(std::move(asked))](
            std::shared_ptr<const Collection::Overview> overview) {
          // Not on the collector's thread: scrapes wait for that.
          boost::asio::post(self->wiring_.loop, [self, asked, overview = std::move(overview)] {
            self->answer(*asked, *overview);
          });
        });
  }

 private:
  void answer(const Asked& asked, const Collection::Overview& overview) try {
    const status::Sources sources{
        overview.epoch,
        overview.census,
        overview.problem,
        overview.ready,
        overview.time_seconds,
        options_.version,
        options_.metrics_path,
        overview.last_scrape,
        options_.pushes,
        [this, now = unix_ns()](std::uint32_t uid) { return users_.name_of(uid, now); }};
    give(asked, status::to_json(status::make_status(sources, asked.reader.scope, asked.jobs)));
  } catch (const std::exception& failed) {  // No memory for it.
    wiring_.warn(std::string("No status: ") + failed.what());
    asked.respond(unavailable());
  }

  void give(const Asked& asked, std::string json) {
    web::Response response;
    response.content_type = "application/json";
    response.headers = {{"Cache-Control", "no-store"},
                        {"Vary", "Accept-Encoding"},
                        {"X-Content-Type-Options", "nosniff"}};
    if (asked.gzip && json.size() >= web::kSmallestGzipBytes) {
      response.body = gzip_.compress(json);
      response.headers.push_back({"Content-Encoding", "gzip"});
    } else {
      response.body = web::make_body(std::move(json));
    }
    std::string digest;
    if (wiring_.records.on()) {
      const audit::Digest sha256 = audit::sha256(response.body.bytes);
      digest = audit::hex(sha256);
      response.headers.push_back({"Content-Digest", audit::content_digest(sha256)});
    }
    const std::size_t bytes = response.body.bytes.size();
    wiring_.records.given(
        {"status", asked.reader.name, asked.peer, asked.reader.scope, digest, bytes},
        [respond = asked.respond, response = std::move(response)](bool recorded) {
          respond(recorded ? response : unavailable());
        });
  }

  const StatusRouteOptions options_;
  const StatusRouteWiring wiring_;
  UserNames users_{kPasswd};
  web::Gzip gzip_;
};

web::Response response_of(const status::PageFile& file) {
  web::Response response;
  response.content_type = file.content_type;
  response.body = {nullptr, file.bytes};
  response.headers = {
      {"Cache-Control", "no-cache"},
      {"Content-Security-Policy", std::string(status::kContentSecurityPolicy)},
      {"Referrer-Policy", "no-referrer"},
      {"X-Content-Type-Options", "nosniff"},
  };
  return response;
}

}  // namespace

web::Route status_route(StatusRouteOptions options, const StatusRouteWiring& wiring) {
  const auto maker = std::make_shared<StatusMaker>(std::move(options), wiring);
  auto handler = [maker](const web::Request& request, const identity::Reader& reader,
                         const web::Responder& respond) {
    auto jobs = web::query_values(request.query, "job");
    if (!jobs) {
      respond(web::text_response(400, "Bad Request: " + jobs.error().message));
      return;
    }
    const bool gzip = web::accepted_codings(request.list_header("Accept-Encoding")).gzip;
    maker->ask({std::move(jobs).value(), gzip, request.peer.address, reader, respond});
  };
  return {"/api/v1/status", protect(wiring.access, wiring.loop, std::move(handler)),
          kMaxStatusRequests};
}

std::vector<web::Route> status_page_routes(Access& access, boost::asio::io_context& loop) {
  std::vector<web::Route> routes;
  for (const status::PageFile& file : status::page_files()) {
    web::Route route;
    route.path = file.path;
    route.handler = [response = response_of(file)](const web::Request& /*request*/,
                                                   const web::Responder& respond) {
      respond(response);
    };
    routes.push_back(protect(access, loop, std::move(route)));
  }
  return routes;
}

}  // namespace shmx
