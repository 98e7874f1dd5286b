// The page of metrics as HTTP: what a request asks for, and the response to it.
#ifndef SHM_EXPORTER_AGENT_MAIN_METRICS_ROUTE_H
#define SHM_EXPORTER_AGENT_MAIN_METRICS_ROUTE_H

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <string>

#include "agent/main/collection.h"
#include "agent/self/self_metrics.h"
#include "agent/web/router.h"

namespace shmx {

struct MetricsRouteOptions {
  std::string path;
  std::size_t max_requests;
  bool created;  ///< OpenMetrics with _created
};

/// `loop` is the server's; `warn` is told, on the loop's thread or the collector's, why there is no
/// page. All outlive the route.
web::Route metrics_route(MetricsRouteOptions options, boost::asio::io_context& loop,
                         Collection& collection, self::SelfMetrics& self,
                         std::function<void(const std::string&)> warn);

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_METRICS_ROUTE_H
