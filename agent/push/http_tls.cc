#include "agent/push/http_tls.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>

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
  auto tls = std::make_shared<context>(context::tls_client);
  SSL_CTX_set_min_proto_version(tls->native_handle(), TLS1_2_VERSION);
  tls->set_verify_mode(asio::ssl::verify_peer);
  if (material.authorities.empty()) {
    tls->set_default_verify_paths(error);
  } else {
    tls->add_certificate_authority(asio::buffer(material.authorities), error);
  }
  if (error) return cannot_use("authorities", error);
  if (material.certificate.empty()) return tls;
  tls->set_password_callback(no_password);
  tls->use_certificate_chain(asio::buffer(material.certificate), error);
  if (error) return cannot_use("client certificate", error);
  tls->use_private_key(asio::buffer(material.key), context::pem, error);
  if (error) return cannot_use("client key", error);
  return tls;
}

bool expect_host(SSL* connection, const std::string& host) {
  error_code is_a_name;
  asio::ip::make_address(host, is_a_name);
  if (!is_a_name) {
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), host.c_str()) == 1;
  }
  return SSL_set_tlsext_host_name(connection, host.c_str()) == 1 &&
         SSL_set1_host(connection, host.c_str()) == 1;
}

std::string certificate_fault(SSL* connection) {
  const long fault = SSL_get_verify_result(connection);
  return fault == X509_V_OK ? std::string() : X509_verify_cert_error_string(fault);
}

}  // namespace shmx::push
