#include "agent/web/url.h"

#ifndef __clang_analyzer__    // It takes a view that Boost returns for one of Boost's own stack.
#include <boost/url/src.hpp>  // Boost.URL without its library; this is the one file that has it
#endif
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>
#include <string_view>

namespace shmx::web {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

Error bad_url(const std::string& text, const std::string& why) {
  return {"endpoint \"" + without_secrets(text) + "\": " + why +
          "; write http://HOST:PORT/PATH or https://HOST:PORT/PATH"};
}

/// Sets the port if there is one. Boost 1.81 would take 65537 for 1.
bool is_port(std::string_view digits, std::uint16_t& port) {
  if (digits.empty()) return true;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return error == std::errc{} && port != 0;
}

/// Boost 1.81 takes what follows the digits of a port for a path.
bool is_absolute(std::string_view path) {
  return path.empty() || path.starts_with('/');
}

}  // namespace

std::string Url::authority() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  std::string text = ipv6 ? "[" : "";
  text.append(host).append(ipv6 ? "]:" : ":").append(std::to_string(port));
  return text;
}

Result<Url> parse_url(const std::string& text, std::uint16_t default_port) {
  const auto parsed = boost::urls::parse_uri(text);
  if (!parsed) return bad_url(text, "not a URL");
  const auto& view = *parsed;
  Url url;
  url.tls = view.scheme_id() == boost::urls::scheme::https;
  if (!url.tls && view.scheme_id() != boost::urls::scheme::http) {
    return bad_url(text, "its scheme is neither http nor https");
  }
  if (view.has_userinfo()) return bad_url(text, "a user's name does not belong there");
  if (view.has_fragment()) return bad_url(text, "a fragment (#) does not belong there");
  url.host = view.host_address();
  if (url.host.empty()) return bad_url(text, "the host is missing");
  url.port = default_port != 0 ? default_port : url.tls ? kHttpsPort : kHttpPort;
  if (!is_port(view.port(), url.port) || !is_absolute(view.encoded_path())) {
    return bad_url(text, "the port is not a number from 1 to 65535");
  }
  if (!view.encoded_target().starts_with('/')) url.target.push_back('/');
  url.target.append(view.encoded_target());
  return url;
}

std::string without_secrets(const std::string& url) {
  std::string shown = url.substr(0, url.find('?'));
  const auto scheme = shown.find("//");
  const auto authority = scheme == std::string::npos ? 0 : scheme + 2;
  const auto at = shown.rfind('@', shown.find('/', authority));
  if (at != std::string::npos && at >= authority) shown.erase(authority, at + 1 - authority);
  return shown;
}

}  // namespace shmx::web
