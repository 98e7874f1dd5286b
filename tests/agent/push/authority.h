// Certificates made for a test.
#ifndef SHM_EXPORTER_TESTS_AGENT_PUSH_AUTHORITY_H
#define SHM_EXPORTER_TESTS_AGENT_PUSH_AUTHORITY_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace shmx::testing {

struct KeyPair {
  std::string certificate;  ///< PEM
  std::string key;
};

/// A certificate authority of its own, with another key than any other.
class Authority {
 public:
  Authority();

  const std::string& certificate() const noexcept { return pem_; }

  /// For a name ("DNS:shop") or an address ("IP:127.0.0.1"), valid for a day from now, or ended an
  /// hour ago.
  KeyPair issue(const std::string& subject, bool expired = false) const;

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  };
  using Key = std::unique_ptr<EVP_PKEY, Free>;
  using Certificate = std::unique_ptr<X509, Free>;

  static Certificate sign(EVP_PKEY* own, const std::string& name, X509* issuer, EVP_PKEY* signer,
                          const std::string& extension, int extension_id, bool expired);

  Key key_;
  Certificate certificate_;
  std::string pem_;
};

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_PUSH_AUTHORITY_H
