#include "agent/feed/address.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include <charconv>

namespace shmx::feed {
namespace {

Error bad_address(std::string_view text, std::string_view why) {
  return {"feed address \"" + std::string(text) + "\": " + std::string(why) +
              "; write unix:/PATH, HOST:PORT, [IPV6]:PORT or :PORT",
          0};
}

constexpr std::string_view kUnix = "unix:";
constexpr unsigned kLoopbackNet = 127;  // 127.0.0.0/8, RFC 1122 3.2.1.3.

Result<Address> parse_path(std::string_view text) {
  std::string_view path = text.substr(kUnix.size());
  while (path.starts_with("//")) {  // unix:///PATH, as gRPC writes it.
    path.remove_prefix(1);
  }
  if (!path.starts_with('/') || path.ends_with('/')) {
    return bad_address(text, "the path of a socket is absolute and ends in the socket's name");
  }
  if (path.find('\0') != std::string_view::npos) {
    return bad_address(text, "no path holds a byte 0");
  }
  if (path.size() > kMaxSocketPathBytes) {
    return bad_address(text, "the path of a unix socket has at most " +
                                 std::to_string(kMaxSocketPathBytes) + " bytes, and this has " +
                                 std::to_string(path.size()));
  }
  Address address;
  address.path = path;
  return address;
}

}  // namespace

const std::size_t kMaxSocketPathBytes = sizeof(sockaddr_un::sun_path) - 1;

bool Address::is_local() const noexcept {
  if (is_unix() || host == "localhost") {
    return true;
  }
  in6_addr six{};
  if (::inet_pton(AF_INET6, host.c_str(), &six) == 1) {
    return IN6_IS_ADDR_LOOPBACK(&six) != 0;
  }
  in_addr four{};
  return ::inet_pton(AF_INET, host.c_str(), &four) == 1 &&
         ntohl(four.s_addr) >> 24U == kLoopbackNet;
}

Result<Address> parse_address(std::string_view text) {
  if (text.starts_with(kUnix)) {
    return parse_path(text);
  }
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return bad_address(text, "the port is missing");
  }
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.starts_with('[')) {
    if (!host.ends_with(']') || host.size() == 2) {
      return bad_address(text, "the brackets are wrong");
    }
    host = host.substr(1, host.size() - 2);
  } else if (host.find_first_of(":/") != std::string_view::npos) {
    return bad_address(text, "there is no such kind of address");
  }
  Address address;
  address.host = host;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (error != std::errc{} || end != port.data() + port.size()) {
    return bad_address(text, "the port is not a number from 0 to 65535");
  }
  return address;
}

std::string to_text(const Address& address) {
  if (address.is_unix()) {
    return std::string(kUnix) + address.path;
  }
  const bool six = address.host.find(':') != std::string::npos;
  return (six ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

}  // namespace shmx::feed
