// Which handler answers which path, and how many requests each may have at once. No I/O.
#ifndef SHM_EXPORTER_AGENT_WEB_ROUTER_H
#define SHM_EXPORTER_AGENT_WEB_ROUTER_H

#include <cstddef>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "agent/web/http.h"

namespace shmx::web {

struct Route {
  std::string path;  ///< matched exactly
  Handler handler;

  /// More at once are answered 503, or the one whose client has been the slowest to take its
  /// response is cut for the newcomer. 0: no limit but the connections'; for short answers only.
  std::size_t max_requests = 0;

  std::string method = "GET";  ///< GET also serves HEAD

  /// Whether the configured rate limit counts its requests. Not for probes: whoever exhausts the
  /// limit could have the agent restarted by those who ask whether it is well.
  bool rate_limited = true;
};

/// A place among the requests that a route has at once, given back when the response was sent.
/// Lives no longer than its router.
class Admission {
 public:
  Admission(const Route& route, std::size_t& in_flight) : route_(&route), place_(&++in_flight) {}

  const Route& route() const noexcept { return *route_; }

 private:
  struct GiveBack {
    void operator()(std::size_t* in_flight) const noexcept { --*in_flight; }
  };
  const Route* route_;
  std::unique_ptr<std::size_t, GiveBack> place_;
};

/// The response to a request that no handler sees.
struct Refusal {
  std::string path;  ///< the route's; empty: there is none
  Response response;
  const Route* crowded = nullptr;  ///< the route, when all that it takes at once are there
};

/// Used by the loop's thread only.
class Router {
 public:
  explicit Router(std::vector<Route> routes);

  /// What is wrong with the paths, or empty.
  std::string problem() const;

  /// The admitted route, or why there is none (404, 405, 503).
  std::variant<Admission, Refusal> find(const Request& request);

 private:
  struct Entry {
    Route route;
    std::size_t in_flight = 0;
  };
  std::vector<Entry> entries_;
};

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_ROUTER_H
