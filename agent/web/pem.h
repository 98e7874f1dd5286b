// Certificates and keys from PEM texts, by OpenSSL.
#ifndef SHM_EXPORTER_AGENT_WEB_PEM_H
#define SHM_EXPORTER_AGENT_WEB_PEM_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

#include "agent/web/config.h"
#include "shm/result.h"

namespace shmx::web {

struct FreeX509 {
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
using Certificate = std::unique_ptr<X509, FreeX509>;
using PrivateKey = std::unique_ptr<EVP_PKEY, FreeX509>;

/// The file if there is one, else the key of the configuration, for messages.
std::string describe(const char* key, const Pem& pem);

/// At least one. The errors name the file, and say what was expected there.
Result<std::vector<Certificate>> certificates_of(const char* key, const Pem& pem);
Result<PrivateKey> key_of(const char* key, const Pem& pem);

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_PEM_H
