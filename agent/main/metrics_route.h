// The page of metrics as HTTP: what a request asks for, and the response to it.
#ifndef SHM_EXPORTER_AGENT_MAIN_METRICS_ROUTE_H
#define SHM_EXPORTER_AGENT_MAIN_METRICS_ROUTE_H

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <string>

#include "agent/main/access.h"
#include "agent/main/collection.h"
#include "agent/main/records.h"
#include "agent/self/self_metrics.h"
#include "agent/web/router.h"

namespace shmx {

struct MetricsRouteOptions {
  std::string path;
  std::size_t max_requests;
  bool created;  ///< OpenMetrics with _created
};

/// All of it outlives the route.
struct MetricsRouteWiring {
  boost::asio::io_context& loop;  ///< the server's
  Collection& collection;
  self::SelfMetrics& self;
  Access& access;
  Records& records;
  std::function<void(const std::string&)> warn;  ///< why there is no page; on any thread
};

/// Each reader gets what it may see. What was given is in the records; where these are kept, a
/// response has the digest that they have (RFC 9530, Content-Digest).
web::Route metrics_route(MetricsRouteOptions options, const MetricsRouteWiring& wiring);

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_METRICS_ROUTE_H
