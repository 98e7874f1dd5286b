// Certificates and keys as OpenSSL has them, for the rooms that use it themselves. None of these
// leaves anything in the thread's queue of errors: what it does next with OpenSSL is not to find
// what was wrong here.
#ifndef SHM_EXPORTER_AGENT_X509_OPENSSL_H
#define SHM_EXPORTER_AGENT_X509_OPENSSL_H

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/types.h>
#include <openssl/x509.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/x509/names.h"
#include "shm/result.h"

namespace shmx::x509 {

struct Free {
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(X509_STORE* store) const noexcept { X509_STORE_free(store); }
  void operator()(X509_STORE_CTX* context) const noexcept { X509_STORE_CTX_free(context); }
  void operator()(STACK_OF(X509) * borrowed) const noexcept { sk_X509_free(borrowed); }
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(BIO* memory) const noexcept { BIO_free(memory); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

/// Null: it is no certificate, or more than one.
Owned<X509> certificate_of(std::string_view der);

/// Empty where OpenSSL has no memory.
std::string der_of(const X509* certificate);

/// All of a text (see chain_of_pem), one at least.
Result<std::vector<Owned<X509>>> certificates_of_pem(std::string_view pem);

/// Null: there is none, or it has a passphrase, which nobody is there to type.
Owned<EVP_PKEY> private_key_of_pem(std::string_view pem);
Owned<EVP_PKEY> public_key_of_pem(std::string_view pem);

/// See names.h.
Names names_of(const X509* certificate);

/// As RFC 4514 writes a name: the most specific part first, what is not printable ASCII escaped.
std::string text_of(const X509_NAME* name);

/// 0 for a time that is none.
std::int64_t unix_seconds(const ASN1_TIME* time);

/// Why a verification failed (X509_V_ERR_*), as a word of a fixed set, for metrics and logs:
/// certificate_expired, certificate_not_yet_valid, certificate_purpose, certificate_authority (none
/// vouches for it), certificate_invalid.
std::string_view reason_of(int error);

}  // namespace shmx::x509

#endif  // SHM_EXPORTER_AGENT_X509_OPENSSL_H
