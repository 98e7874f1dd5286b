// Parses listen addresses; no I/O and no name resolution.
#include "agent/web/endpoint.h"

#include <charconv>

namespace shmx::web {
namespace {

Error bad_address(std::string_view text, std::string_view why) {
  return {"listen address \"" + std::string(text) + "\": " + std::string(why) +
              "; write HOST:PORT, [IPV6]:PORT or :PORT",
          0};
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad_address(text, "the port is missing");
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.starts_with('[')) {
    if (!host.ends_with(']') || host.size() == 2)
      return bad_address(text, "the brackets are wrong");
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return bad_address(text, "an IPv6 address stands in brackets");
  }
  Endpoint endpoint{std::string(host), 0};
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  if (error != std::errc{} || end != port.data() + port.size()) {
    return bad_address(text, "the port is not a number from 0 to 65535");
  }
  return endpoint;
}

}  // namespace shmx::web
