// What this room asks OpenSSL of one certificate. Not part of its doors: those need no OpenSSL.
#ifndef SHM_EXPORTER_AGENT_IDENTITY_X509_H
#define SHM_EXPORTER_AGENT_IDENTITY_X509_H

#include <openssl/bio.h>
#include <openssl/types.h>
#include <openssl/x509.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace shmx::identity {

struct FreeX509 {
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(X509_STORE* store) const noexcept { X509_STORE_free(store); }
  void operator()(X509_STORE_CTX* context) const noexcept { X509_STORE_CTX_free(context); }
  void operator()(BIO* memory) const noexcept { BIO_free(memory); }
  void operator()(STACK_OF(X509) * borrowed) const noexcept { sk_X509_free(borrowed); }
};
template <typename T>
using X509Ptr = std::unique_ptr<T, FreeX509>;

/// Null: it is no certificate, or more than one.
X509Ptr<X509> parse_der(std::string_view der);

/// As RFC 4514 writes a name: the most specific part first, what is not printable ASCII escaped.
std::string text_of(const X509_NAME* name);

/// 0 for a time that is none.
std::int64_t unix_seconds(const ASN1_TIME* time);

/// The subject in quotes, for a message: what a peer presents may be long.
std::string quoted_subject(const X509* certificate);
std::string quoted_issuer(const X509* certificate);

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_X509_H
