#include "agent/web/pages.h"

#include <utility>

#include "agent/web/http.h"

namespace shmx::web {

Route health_page() {
  Route route{"/-/healthy", [healthy = text_response(200, "Healthy")](
                                const Request&, const Responder& respond) { respond(healthy); }};
  route.rate_limited = false;
  return route;
}

Route readiness_page(std::function<bool()> is_ready) {
  Route route{"/-/ready",
              [is_ready = std::move(is_ready)](const Request&, const Responder& respond) {
                respond(is_ready() ? text_response(200, "Ready") : text_response(503, "Not ready"));
              }};
  route.rate_limited = false;
  return route;
}

}  // namespace shmx::web
