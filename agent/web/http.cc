// Plain values of HTTP: lookups and splitting, no I/O.
#include "agent/web/http.h"

#include <strings.h>

#include <utility>

namespace shmx::web {

bool same_name(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view Request::header(std::string_view name) const noexcept {
  for (const auto& header : headers) {
    if (same_name(header.name, name)) return header.value;
  }
  return {};
}

std::string Request::list_header(std::string_view name) const {
  std::string joined;
  for (const auto& header : headers) {
    if (!same_name(header.name, name)) continue;
    if (!joined.empty()) joined += ',';
    joined += header.value;
  }
  return joined;
}

Body make_body(std::string bytes) {
  auto owner = std::make_shared<const std::string>(std::move(bytes));
  const std::string_view view = *owner;
  return {std::move(owner), view};
}

Response text_response(unsigned status, std::string text) {
  text += '\n';
  Response response;
  response.status = status;
  response.body = make_body(std::move(text));
  return response;
}

Target split_target(std::string_view target) noexcept {
  if (!target.empty() && target.front() != '/') {
    if (const auto scheme = target.find("://"); scheme != std::string_view::npos) {
      const auto path = target.find_first_of("/?", scheme + 3);
      target = path == std::string_view::npos ? std::string_view("/") : target.substr(path);
    }
  }
  const auto question = target.find('?');
  if (question == std::string_view::npos) return {target, {}};
  return {target.substr(0, question), target.substr(question + 1)};
}

}  // namespace shmx::web
