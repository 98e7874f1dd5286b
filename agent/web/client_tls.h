// A client's TLS by OpenSSL, for whoever connects to an https URL of the operator's.
#ifndef SHM_EXPORTER_AGENT_WEB_CLIENT_TLS_H
#define SHM_EXPORTER_AGENT_WEB_CLIENT_TLS_H

#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>
#include <memory>
#include <optional>
#include <string>

namespace shmx::web {

/// TLS 1.2 or newer, the server's certificate required. `authorities`: PEM; nothing: the system's.
/// `error` is set where these cannot be used.
std::shared_ptr<boost::asio::ssl::context> make_client_context(
    const std::optional<std::string>& authorities, boost::system::error_code& error);

/// Makes a handshake ask for `host`, a name or an address, and accept no other's certificate.
/// False: OpenSSL refuses the name.
bool expect_host(SSL* connection, const std::string& host);

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_CLIENT_TLS_H
