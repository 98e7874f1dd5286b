#include "agent/feed/presented.h"

#include <grpc/grpc_security_constants.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/x509/names.h"

namespace shmx::feed {
namespace {

/// How gRPC calls the other end of a connection that it was given as a descriptor: fd:9.
constexpr std::string_view kDescriptor = "fd:";

std::string text_of(const grpc::string_ref& bytes) {
  return {bytes.data(), bytes.size()};
}

std::string property(const grpc::AuthContext& context, const char* name) {
  const auto values = context.FindPropertyValues(name);
  return values.empty() ? std::string() : text_of(values.front());
}

/// The descriptor is the connection's, and open, for as long as the call is under way: gRPC closes
/// it with the transport, which the call holds.
Result<std::uint32_t> uid_of(std::string_view peer) {
  peer.remove_prefix(kDescriptor.size());
  int descriptor = -1;
  std::from_chars(peer.data(), peer.data() + peer.size(), descriptor);
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return Error{"the kernel does not say whose connection it is", errno};
  }
  return std::uint32_t{credentials.uid};
}

/// The client's own certificate first. Null: it has shown none.
Result<std::shared_ptr<const x509::Chain>> chain_of(const grpc::AuthContext& context) {
  const std::string own = property(context, GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (own.empty()) {
    return std::shared_ptr<const x509::Chain>();
  }
  auto chain = x509::chain_of_pem(own + property(context, GRPC_X509_PEM_CERT_CHAIN_PROPERTY_NAME));
  if (!chain) {
    return chain.error();
  }
  return std::make_shared<const x509::Chain>(std::move(chain).value());
}

/// The address alone of ipv4:127.0.0.1:4000 and ipv6:%5B::1%5D:4000, for the log.
std::string address_of(std::string_view peer) {
  peer = peer.substr(0, peer.rfind(':'));
  peer.remove_prefix(peer.find(':') + 1);
  constexpr std::string_view kOpen = "%5B";
  constexpr std::string_view kClose = "%5D";
  if (peer.starts_with(kOpen) && peer.ends_with(kClose)) {
    peer.remove_prefix(kOpen.size());
    peer.remove_suffix(kClose.size());
  }
  return std::string(peer);
}

/// Of several, none may be the one that another reader of the call would have taken.
std::string authorization_of(const grpc::CallbackServerContext& context) {
  const auto [first, last] = context.client_metadata().equal_range("authorization");
  std::string joined;
  for (auto each = first; each != last; ++each) {
    joined += (each == first ? "" : ", ") + text_of(each->second);
  }
  return joined;
}

}  // namespace

Result<identity::Presented> presented_by(const grpc::CallbackServerContext& context) {
  identity::Presented presented;
  const std::string peer = context.peer();
  if (peer.starts_with(kDescriptor)) {
    const auto uid = uid_of(peer);
    if (!uid) {
      return uid.error();
    }
    presented.uid = uid.value();
    presented.peer = "unix";
  } else {
    presented.peer = address_of(peer);
  }
  if (const auto secured = context.auth_context()) {
    presented.tls = property(*secured, GRPC_TRANSPORT_SECURITY_TYPE_PROPERTY_NAME) ==
                    GRPC_SSL_TRANSPORT_SECURITY_TYPE;
    auto chain = chain_of(*secured);
    if (!chain) {
      return chain.error();
    }
    presented.chain = std::move(chain).value();
  }
  presented.authorization = authorization_of(context);
  return presented;
}

}  // namespace shmx::feed
