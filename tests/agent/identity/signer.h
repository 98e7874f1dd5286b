// Who signs tokens in a test: keys of its own, and the means to sign what no honest issuer would.
#ifndef SHM_EXPORTER_TESTS_AGENT_IDENTITY_SIGNER_H
#define SHM_EXPORTER_TESTS_AGENT_IDENTITY_SIGNER_H

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace shmx::testing {

std::string base64url(std::string_view bytes);

/// HMAC of that size (256, 384, 512) of `input`.
std::string hmac(int bits, std::string_view secret, std::string_view input);

/// An RSA or EC key pair.
class Signer {
 public:
  static Signer rsa(unsigned bits);
  /// P-256, P-384 or P-521.
  static Signer ec(const char* curve);

  /// The public key as a JWK; `more` are further members, as in R"("kid":"a","use":"sig")".
  std::string jwk(const std::string& more) const;

  /// RS256 and so on, raw r and s for ES256 and so on. It signs whatever it is told to, an ES256
  /// with a P-384 key too.
  std::string sign(std::string_view algorithm, std::string_view input) const;

  /// As sign() for ES256, in DER as X.509 would have it.
  std::string sign_der(std::string_view input) const;

  /// A whole token of these two JSON texts.
  std::string token(std::string_view algorithm, std::string_view header,
                    std::string_view payload) const;

  std::string public_pem() const;
  std::string public_der() const;
  std::string modulus() const;

 private:
  explicit Signer(EVP_PKEY* key) : key_(key, &EVP_PKEY_free) {}
  std::string number(const char* parameter, int bytes) const;

  std::shared_ptr<EVP_PKEY> key_;
};

/// {"keys":[…]} of these JWKs.
std::string key_set(const std::vector<std::string>& jwks);

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_IDENTITY_SIGNER_H
