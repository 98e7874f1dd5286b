#include "agent/web/client_tls.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>

namespace shmx::web {
namespace asio = boost::asio;
using boost::system::error_code;

std::shared_ptr<asio::ssl::context> make_client_context(
    const std::optional<std::string>& authorities, error_code& error) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  context->set_verify_mode(asio::ssl::verify_peer);
  if (authorities) {
    context->add_certificate_authority(asio::buffer(*authorities), error);
  } else {
    context->set_default_verify_paths(error);
  }
  return context;
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

}  // namespace shmx::web
