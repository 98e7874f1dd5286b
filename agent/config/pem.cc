// See pem.h.
#include "agent/config/pem.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>

#include "agent/x509/openssl.h"

namespace shmx::config {

std::optional<std::string> problem_of_certificates(std::string_view pem) {
  return x509::chain_of_pem(pem) ? std::nullopt : std::optional<std::string>("certificates in PEM");
}

std::optional<std::string> problem_of_key(std::string_view pem) {
  return x509::private_key_of_pem(pem)
             ? std::nullopt
             : std::optional<std::string>("a private key in PEM without a passphrase");
}

std::optional<std::string> problem_of_pair(std::string_view chain_pem, std::string_view key_pem) {
  const auto chain = x509::certificates_of_pem(chain_pem);
  const auto key = x509::private_key_of_pem(key_pem);
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_server_method()),
                                                                  &SSL_CTX_free);
  if (!chain || !key || !context) {
    return "a certificate and its key in PEM";
  }
  X509* const own = chain->front().get();
  bool strong = SSL_CTX_use_certificate(context.get(), own) == 1;
  for (auto above = chain->begin() + 1; above != chain->end(); ++above) {
    strong = strong && SSL_CTX_add1_chain_cert(context.get(), above->get()) == 1;
  }
  const bool belongs = X509_check_private_key(own, key.get()) == 1;
  strong = strong && SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1;
  ERR_clear_error();  // what this thread does next with OpenSSL is not to find it
  if (!belongs) {
    return "the key of the first certificate, which this is not";
  }
  if (!strong) {
    return "keys and signatures that OpenSSL takes for strong: RSA of 2048 bits or more, SHA-256";
  }
  return std::nullopt;
}

std::optional<std::string> problem_of_signing_key(std::string_view pem) {
  const auto key = x509::private_key_of_pem(pem);
  if (!key || EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519) {
    return "an Ed25519 private key in PEM without a passphrase (openssl genpkey -algorithm "
           "ed25519)";
  }
  return std::nullopt;
}

}  // namespace shmx::config
