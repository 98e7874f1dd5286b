// The status as HTTP: the page for people at /, its files, and the JSON that it polls.
#ifndef SHM_EXPORTER_AGENT_MAIN_STATUS_ROUTE_H
#define SHM_EXPORTER_AGENT_MAIN_STATUS_ROUTE_H

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "agent/main/access.h"
#include "agent/main/collection.h"
#include "agent/main/records.h"
#include "agent/status/status.h"
#include "agent/web/router.h"

namespace shmx {

/// Statuses under way at once: as many people as look after a host. Each is some megabytes at most;
/// more are answered 503.
inline constexpr std::size_t kMaxStatusRequests = 16;

/// All of it outlives the routes.
struct StatusRouteWiring {
  boost::asio::io_context& loop;  ///< the server's
  Collection& collection;
  Access& access;
  Records& records;
  std::function<void(const std::string&)> warn;  ///< why there is no status; on any thread
};

struct StatusRouteOptions {
  std::string version;  ///< the agent's
  std::string metrics_path;
  std::vector<status::PushTarget> pushes{};
};

/// `GET /api/v1/status`: each reader gets what it may see, see agent/status/status.h. What was
/// given is in the records.
web::Route status_route(StatusRouteOptions options, const StatusRouteWiring& wiring);

/// The page and its files, for those whom /metrics would answer: they show nothing of anybody.
std::vector<web::Route> status_page_routes(Access& access, boost::asio::io_context& loop);

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_STATUS_ROUTE_H
