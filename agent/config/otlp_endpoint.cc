// See otlp_endpoint.h.
#include "agent/config/otlp_endpoint.h"

#include <algorithm>
#include <optional>

#include "agent/config/otlp_values.h"

namespace shmx::config {
namespace {

constexpr std::string_view kSignalPath = "v1/metrics";
constexpr std::string_view kSchemeEnd = "://";
constexpr std::uint64_t kLastPort = 65'535;

struct Parts {
  std::optional<std::string> scheme;  ///< in lower case
  std::string_view authority;
  std::string_view path;   ///< with its slash, or empty
  std::string_view query;  ///< with its question mark, or empty
};

Parts split(std::string_view endpoint) {
  Parts parts;
  if (const std::size_t end = endpoint.find(kSchemeEnd); end != std::string_view::npos) {
    parts.scheme = lower_case(endpoint.substr(0, end));
    endpoint.remove_prefix(end + kSchemeEnd.size());
  }
  parts.authority = endpoint.substr(0, endpoint.find_first_of("/?"));
  endpoint.remove_prefix(parts.authority.size());
  parts.path = endpoint.substr(0, endpoint.find('?'));
  parts.query = endpoint.substr(parts.path.size());
  return parts;
}

bool is_port(std::string_view text) {
  const std::optional<std::uint64_t> port = number_in(text, kNoUnit);
  return port && *port > 0 && *port <= kLastPort;
}

// HOST, HOST:PORT, [IPV6] or [IPV6]:PORT. Whether there is such a host, resolving it tells.
bool is_authority(std::string_view text) {
  std::string_view host = text;
  std::string_view port;
  const std::size_t colon = text.rfind(':');
  const bool literal = text.starts_with('[');
  if (colon != std::string_view::npos && (!literal || text.substr(0, colon).ends_with(']'))) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    if (!is_port(port)) {
      return false;
    }
  }
  if (literal) {
    return host.size() > 2 && host.ends_with(']') &&
           host.substr(1, host.size() - 2).find_first_not_of("0123456789abcdefABCDEF:.") ==
               std::string_view::npos;
  }
  return !host.empty() && std::ranges::all_of(host, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == '_';
  });
}

bool has_tls_scheme(const Parts& parts) {
  return parts.scheme == "http" || parts.scheme == "https";
}

Result<std::string> http_url(const Parts& parts, bool per_signal) {
  if (!has_tls_scheme(parts) || !is_authority(parts.authority)) {
    return Error{"http://HOST:PORT or https://HOST:PORT, and perhaps a path"};
  }
  std::string url = *parts.scheme;
  url.append(kSchemeEnd).append(parts.authority).append(parts.path);
  if (per_signal) {
    return url.append(parts.path.empty() ? "/" : "").append(parts.query);
  }
  if (!parts.query.empty()) {
    return Error{"a base URL without a query, to which " + std::string(kSignalPath) +
                 " is appended"};
  }
  return url.append(url.ends_with('/') ? "" : "/").append(kSignalPath);
}

Result<std::string> grpc_url(const Parts& parts, bool insecure) {
  if ((parts.scheme && !has_tls_scheme(parts)) || !is_authority(parts.authority)) {
    return Error{"http://HOST:PORT, https://HOST:PORT or HOST:PORT"};
  }
  if ((!parts.path.empty() && parts.path != "/") || !parts.query.empty()) {
    return Error{"no path, for the protocol is grpc"};
  }
  std::string url = parts.scheme.value_or(insecure ? "http" : "https");
  return url.append(kSchemeEnd).append(parts.authority);
}

}  // namespace

Result<std::string> url_of_endpoint(std::string_view endpoint, const EndpointKind& kind) {
  if (std::ranges::any_of(endpoint, [](char c) { return c <= ' ' || c >= 0x7f || c == '#'; })) {
    return Error{"a URL of printable ASCII, without blanks and without a fragment"};
  }
  const Parts parts = split(endpoint);
  if (parts.authority.find('@') != std::string_view::npos) {
    return Error{"a URL without a user and a password; headers or a bearer token file carry them"};
  }
  return kind.protocol == push::Protocol::grpc ? grpc_url(parts, kind.insecure)
                                               : http_url(parts, kind.per_signal);
}

}  // namespace shmx::config
