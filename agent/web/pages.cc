// Builds the landing page once, and answers the probes.
#include "agent/web/pages.h"

#include <fmt/format.h>

#include <utility>

namespace shmx::web {

Route landing_page(const std::string& title, const std::string& description,
                   const std::vector<Link>& links) {
  std::string items;
  // The links are relative, so that they hold behind a proxy that adds a prefix.
  for (const auto& link : links) {
    items += fmt::format("<li><a href=\"{}\">{}</a></li>\n", link.path.substr(1), link.text);
  }
  constexpr std::string_view kPage =
      "<!DOCTYPE html>\n"
      "<html lang=\"en\">\n"
      "<head>\n"
      "<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{0}</title>\n"
      "<style>body{{font-family:sans-serif;max-width:40em;margin:3em auto;padding:0 1em}}</style>\n"
      "</head>\n"
      "<body>\n"
      "<h1>{0}</h1>\n"
      "<p>{1}</p>\n"
      "<ul>\n{2}</ul>\n"
      "</body>\n"
      "</html>\n";
  Response page;
  page.content_type = "text/html; charset=utf-8";
  page.body = make_body(fmt::format(kPage, title, description, items));
  return {"/", [page](const Request&, const Responder& respond) { respond(page); }};
}

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
