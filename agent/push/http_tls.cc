#include "agent/push/http_tls.h"

#include <openssl/ssl.h>

#include <boost/asio/buffer.hpp>
#include <optional>

#include "agent/web/client_tls.h"

namespace shmx::push {
namespace asio = boost::asio;
using asio::ssl::context;
using boost::system::error_code;
namespace {

Error cannot_use(const char* what, const error_code& error) {
  return {std::string(what) + ": " + error.message()};
}

/// An encrypted key is an error: OpenSSL would otherwise ask on the terminal.
std::string no_password(std::size_t /*most*/, context::password_purpose /*purpose*/) {
  return {};
}

}  // namespace

Result<std::shared_ptr<context>> make_client_context(const TlsMaterial& material) {
  error_code error;
  const auto authorities =
      material.authorities.empty() ? std::nullopt : std::optional(material.authorities);
  auto tls = web::make_client_context(authorities, error);
  if (error) return cannot_use("authorities", error);
  if (material.certificate.empty()) return tls;
  tls->set_password_callback(no_password);
  tls->use_certificate_chain(asio::buffer(material.certificate), error);
  if (error) return cannot_use("client certificate", error);
  tls->use_private_key(asio::buffer(material.key), context::pem, error);
  if (error) return cannot_use("client key", error);
  return tls;
}

std::string certificate_fault(SSL* connection) {
  const long fault = SSL_get_verify_result(connection);
  return fault == X509_V_OK ? std::string() : X509_verify_cert_error_string(fault);
}

}  // namespace shmx::push
