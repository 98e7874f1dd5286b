#include "agent/feed/client_credentials.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "agent/files/stamp.h"

namespace shmx::feed {
namespace {

std::optional<Error> forbidden(const CredentialFiles& files, const Address& address) {
  const bool tls = !files.authorities.empty();
  const std::string where = "feed address \"" + to_text(address) + "\": ";
  if (files.certificate.empty() != files.key.empty()) {
    return Error{"a client's certificate and its key are named together, and one is missing"};
  }
  if (!files.certificate.empty() && !tls) {
    return Error{
        "a client's certificate is shown over TLS, which needs the authorities that the "
        "agent's certificate is of"};
  }
  if (tls && address.is_unix()) {
    return Error{where + "a unix socket is served without TLS; leave the authorities out"};
  }
  if (!tls && !address.is_local()) {
    return Error{where +
                 "an agent is watched on its own host, at its unix socket or loopback address, or "
                 "over TLS, which needs the authorities that its certificate is of"};
  }
  if (!tls && !address.is_unix() && !files.token.empty()) {
    return Error{where +
                 "a token is shown over TLS or a unix socket alone: any user of the host may "
                 "listen on a port"};
  }
  return {};
}

/// The bytes of a file; none if there is no path.
Result<std::string> read(const char* what, const std::string& path) {
  if (path.empty()) {
    return std::string();
  }
  auto text = files::read_small_file(path);
  if (!text) {
    return Error{std::string(what) + ": " + text.error().message, text.error().code};
  }
  return text;
}

/// gRPC ends the process for what cannot be in a header.
Result<std::string> bearer_of(std::string token, const std::string& path) {
  token.erase(token.find_last_not_of("\r\n") + 1);
  if (token.empty() ||
      !std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c <= '~'; })) {
    return Error{"token \"" + path + "\": one line of printable characters was expected"};
  }
  return "Bearer " + token;
}

}  // namespace

Result<ClientCredentials> client_credentials(const CredentialFiles& files, const Address& address) {
  if (auto problem = forbidden(files, address)) {
    return *problem;
  }
  ClientCredentials made{grpc::InsecureChannelCredentials()};
  if (!files.authorities.empty()) {
    auto authorities = read("authorities", files.authorities);
    auto certificate = read("certificate", files.certificate);
    auto key = read("key", files.key);
    for (const auto* file : {&authorities, &certificate, &key}) {
      if (!*file) {
        return file->error();
      }
    }
    made.channel = grpc::SslCredentials(
        {std::move(authorities).value(), std::move(key).value(), std::move(certificate).value()});
  }
  if (!files.token.empty()) {
    auto token = read("token", files.token);
    if (!token) {
      return token.error();
    }
    auto bearer = bearer_of(std::move(token).value(), files.token);
    if (!bearer) {
      return bearer.error();
    }
    made.authorization = std::move(bearer).value();
  }
  return made;
}

}  // namespace shmx::feed
