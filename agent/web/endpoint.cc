// Parses listen addresses; no I/O and no name resolution.
#include "agent/web/endpoint.h"

#include <sys/un.h>

#include <charconv>

namespace shmx::web {
namespace {

Error bad_address(std::string_view text, std::string_view why) {
  return {"listen address \"" + std::string(text) + "\": " + std::string(why) +
              "; write HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH",
          0};
}

constexpr std::string_view kUnix = "unix:";

/// The longest path of a unix socket: sun_path, less its terminating 0.
constexpr std::size_t kMaxSocketPathBytes = sizeof(sockaddr_un::sun_path) - 1;

Result<Endpoint> parse_path(std::string_view text) {
  std::string_view path = text.substr(kUnix.size());
  while (path.starts_with("//")) path.remove_prefix(1);  // unix:///PATH, as URLs are written
  if (!path.starts_with('/') || path.ends_with('/')) {
    return bad_address(text, "the path of a socket is absolute and ends in the socket's name");
  }
  if (path.size() > kMaxSocketPathBytes) {
    return bad_address(
        text, "the path of a socket has at most " + std::to_string(kMaxSocketPathBytes) + " bytes");
  }
  Endpoint endpoint;
  endpoint.path = path;
  return endpoint;
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  if (text.starts_with(kUnix)) return parse_path(text);
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
  Endpoint endpoint{std::string(host)};
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  if (error != std::errc{} || end != port.data() + port.size()) {
    return bad_address(text, "the port is not a number from 0 to 65535");
  }
  return endpoint;
}

}  // namespace shmx::web
