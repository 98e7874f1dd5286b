#include "agent/web/tls_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <boost/system/system_error.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/web/tls_names.h"
#include "agent/x509/openssl.h"

namespace shmx::web {
namespace {

/// The file if there is one, else the key of the configuration, for messages.
std::string describe(const char* key, const Pem& pem) {
  return pem.file.empty() ? std::string(key) + " (inline)"
                          : std::string(key) + "_file \"" + pem.file + "\"";
}

using Certificates = std::vector<x509::Owned<X509>>;

Result<Certificates> certificates_of(const char* key, const Pem& pem) {
  auto certificates = x509::certificates_of_pem(pem.text);
  if (!certificates) return Error{describe(key, pem) + ": " + certificates.error().message};
  return certificates;
}

Error cannot_use(const char* key, const Pem& pem) {
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  return {describe(key, pem) + ": OpenSSL refuses it: " + (reason ? reason : "no reason given")};
}

std::optional<Error> use_certificate(SSL_CTX* context, const TlsSettings& settings) {
  const auto chain = certificates_of("cert", settings.certificate);
  if (!chain) return chain.error();
  const auto key = x509::private_key_of_pem(settings.key.text);
  if (!key) {
    return Error{describe("key", settings.key) +
                 ": expected a private key in PEM (-----BEGIN PRIVATE KEY-----), not encrypted"};
  }
  const auto& certificates = chain.value();
  if (X509_check_private_key(certificates.front().get(), key.get()) != 1) {
    return Error{describe("key", settings.key) + ": it is not the key of " +
                 describe("cert", settings.certificate)};
  }
  if (SSL_CTX_use_certificate(context, certificates.front().get()) != 1) {
    return cannot_use("cert", settings.certificate);
  }
  for (std::size_t i = 1; i < certificates.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, certificates[i].get()) != 1) {
      return cannot_use("cert", settings.certificate);
    }
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    return cannot_use("key", settings.key);
  }
  return {};
}

/// Every certificate of client_ca vouches for others, intermediates too: as in Go.
std::optional<Error> use_authorities(SSL_CTX* context, const TlsSettings& settings) {
  const Pem& pem = settings.client_authorities;
  if (pem.text.empty()) {
    SSL_CTX_set_default_verify_paths(context);
    return {};
  }
  const auto authorities = certificates_of("client_ca", pem);
  if (!authorities) return authorities.error();
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  for (const auto& authority : authorities.value()) {
    if (X509_STORE_add_cert(store, authority.get()) != 1 ||
        SSL_CTX_add_client_CA(context, authority.get()) != 1) {
      return cannot_use("client_ca", pem);
    }
  }
  return {};
}

std::optional<Error> use_versions(SSL_CTX* context, const TlsSettings& settings, bool only_tls13) {
  const TlsVersion least = only_tls13 ? TlsVersion::tls13 : settings.min_version;
  if (settings.min_version > settings.max_version) {
    return Error{"min_version: it is above max_version"};
  }
  if (least > settings.max_version) {
    return Error{
        "cipher_suites: no suite is for max_version and below; those of TLS 1.3 cannot be "
        "chosen from"};
  }
  // OpenSSL 3 has TLS 1.0 and 1.1 at level 0 only: their signatures are MD5 with SHA-1.
  if (least < TlsVersion::tls12) SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_min_proto_version(context, protocol_version(least));
  SSL_CTX_set_max_proto_version(context, protocol_version(settings.max_version));
  return {};
}

std::optional<Error> use_algorithms(SSL_CTX* context, const TlsSettings& settings) {
  const auto ciphers = cipher_list(settings.cipher_suites);
  if (!ciphers) return ciphers.error();
  const bool only_tls13 = !settings.cipher_suites.empty() && ciphers.value().empty();
  if (auto wrong = use_versions(context, settings, only_tls13)) return wrong;
  if (!ciphers.value().empty() && SSL_CTX_set_cipher_list(context, ciphers.value().c_str()) != 1) {
    return Error{"cipher_suites: this host's OpenSSL allows none of them"};
  }
  if (settings.prefer_server_cipher_suites) {
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  }
  const auto groups = group_list(settings.curve_preferences);
  if (!groups) return groups.error();
  if (!groups.value().empty() && SSL_CTX_set1_groups_list(context, groups.value().c_str()) != 1) {
    return Error{"curve_preferences: this host's OpenSSL does not know them"};
  }
  return {};
}

std::optional<Error> check_demands(const TlsSettings& settings) {
  if (settings.client_auth == ClientAuth::no_client_cert && !settings.client_allowed_sans.empty()) {
    return Error{
        "client_allowed_sans: client_auth_type asks for no certificate that could have one; write "
        "RequireAndVerifyClientCert"};
  }
  return {};
}

/// HTTP/1.1 or nothing: h2 is not spoken here.
int choose_protocol(SSL* /*connection*/, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned int offered_size, void* /*unused*/) {
  static constexpr std::array<unsigned char, 9> kHttp11 = {8,   'h', 't', 't', 'p',
                                                           '/', '1', '.', '1'};
  unsigned char* selected = nullptr;
  if (SSL_select_next_proto(&selected, chosen_size, kHttp11.data(), kHttp11.size(), offered,
                            offered_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *chosen = selected;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

TlsContext::TlsContext(ClientDemands demands)
    : demands_(std::move(demands)), context_(boost::asio::ssl::context::tls_server) {
  SSL_CTX* const context = context_.native_handle();
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_early_data(context, 0);
  SSL_CTX_set_alpn_select_cb(context, &choose_protocol, nullptr);
  demand(context, demands_);
}

Result<std::shared_ptr<const TlsContext>> TlsContext::make(const TlsSettings& settings) {
  if (auto wrong = check_demands(settings)) return *wrong;
  std::shared_ptr<TlsContext> made;
  try {
    made = std::make_shared<TlsContext>(
        ClientDemands{settings.client_auth, settings.client_allowed_sans});
  } catch (const boost::system::system_error& error) {
    return Error{std::string("OpenSSL cannot be used: ") + error.what()};
  }
  SSL_CTX* const context = made->context_.native_handle();
  // The versions first: they decide the level by which OpenSSL judges keys and certificates.
  auto wrong = use_algorithms(context, settings);
  if (!wrong) wrong = use_certificate(context, settings);
  if (!wrong) wrong = use_authorities(context, settings);
  ERR_clear_error();  // what this thread does next with OpenSSL is not to find it
  if (wrong) return *wrong;
  return std::shared_ptr<const TlsContext>(std::move(made));
}

}  // namespace shmx::web
