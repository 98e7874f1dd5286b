// Finds the route of a request and keeps count of what each route has at once.
#include "agent/web/router.h"

#include <algorithm>
#include <utility>

namespace shmx::web {
namespace {

/// Characters that need no escaping in a URL nor in HTML, so that a path can be linked as it is.
bool is_plain_path(std::string_view path) {
  return path.starts_with('/') && std::ranges::all_of(path, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("/-._~").find(c) != std::string_view::npos;
         });
}

}  // namespace

Router::Router(std::vector<Route> routes) {
  entries_.reserve(routes.size());
  for (auto& route : routes) entries_.push_back({std::move(route)});
}

std::string Router::problem() const {
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    const auto& path = entry->route.path;
    if (!is_plain_path(path)) {
      return "path \"" + path + "\": it must begin with / and consist of letters, digits and /-._~";
    }
    const bool twice = std::any_of(entries_.begin(), entry,
                                   [&](const Entry& other) { return other.route.path == path; });
    if (twice) return "path \"" + path + "\" is already that of another page";
  }
  return {};
}

std::variant<Admission, Refusal> Router::find(const Request& request) {
  const auto entry = std::ranges::find_if(
      entries_, [&](const Entry& candidate) { return candidate.route.path == request.path; });
  if (entry == entries_.end()) return Refusal{{}, text_response(404, "Not Found")};
  const Route& route = entry->route;
  const bool is_get = route.method == "GET";
  if (request.method != route.method && !(is_get && request.method == "HEAD")) {
    auto response = text_response(405, "Method Not Allowed");
    response.headers.push_back({"Allow", is_get ? "GET, HEAD" : route.method});
    return Refusal{route.path, std::move(response)};
  }
  if (route.max_requests != 0 && entry->in_flight >= route.max_requests) {
    return Refusal{route.path, text_response(503, "Too many requests at once, try again later"),
                   &route};
  }
  return Admission(route, entry->in_flight);
}

}  // namespace shmx::web
