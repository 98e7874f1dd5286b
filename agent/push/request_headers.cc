#include "agent/push/request_headers.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace shmx::push {
namespace {

using namespace std::string_view_literals;

/// What the transports say themselves; twice, or otherwise, a request would not be understood.
constexpr std::array kOfTheProtocol = {
    "connection"sv, "content-encoding"sv,  "content-length"sv, "content-type"sv, "host"sv,
    "te"sv,         "transfer-encoding"sv, "user-agent"sv};

constexpr std::string_view kDigitsAndLetters = "0123456789abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kMoreOfHttp = "!#$%&'*+-.^_`|~";  // a token, RFC 9110, 5.6.2
constexpr std::string_view kMoreOfGrpc = "-_.";              // a header name, gRPC over HTTP/2

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

bool is_printable(char c) {
  return c >= ' ' && c <= '~';
}

Error bad_header(const Header& header, const std::string& why) {
  return {"header \"" + header.name + "\": " + why};
}

bool is_name(const std::string& name, Protocol protocol) {
  const auto more = protocol == Protocol::grpc ? kMoreOfGrpc : kMoreOfHttp;
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return kDigitsAndLetters.find(c) != std::string_view::npos ||
           more.find(c) != std::string_view::npos;
  });
}

}  // namespace

Result<std::vector<Header>> request_headers(const Options& options) {
  const bool grpc = options.protocol == Protocol::grpc;
  std::vector<Header> headers;
  for (const auto& header : options.headers) {
    const std::string name = lower(header.name);
    if (!is_name(name, options.protocol)) {
      return bad_header(header, "not a header's name: letters, digits and hyphens");
    }
    if (std::find(kOfTheProtocol.begin(), kOfTheProtocol.end(), name) != kOfTheProtocol.end() ||
        (grpc && name.starts_with("grpc-"))) {
      return bad_header(header, "is set by the exporter itself; leave it out");
    }
    if (name == "authorization" && !options.bearer_token_file.empty()) {
      return bad_header(header, "there is a bearer token file, too; give one of them");
    }
    if (!std::all_of(header.value.begin(), header.value.end(), is_printable)) {
      return bad_header(header, "its value is not printable ASCII");
    }
    headers.push_back({name, header.value});
  }
  return headers;
}

}  // namespace shmx::push
