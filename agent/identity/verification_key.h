// One public key of a key set (RFC 7517), and what it verifies.
#ifndef SHM_EXPORTER_AGENT_IDENTITY_VERIFICATION_KEY_H
#define SHM_EXPORTER_AGENT_IDENTITY_VERIFICATION_KEY_H

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "agent/identity/algorithm.h"
#include "shm/result.h"

struct json_t;
struct _cjose_jwk_int;  // NOLINT(bugprone-reserved-identifier): cjose's

namespace shmx::identity {

/// Thread-safe once it is made.
class VerificationKey {
 public:
  /// An error says why it cannot be used: another purpose, an unknown or forbidden kind (secrets
  /// among them), private members, an RSA modulus of less than 2,048 or more than 16,384 bits, a
  /// point that is not on its curve.
  static Result<VerificationKey> of(const json_t& jwk);

  const std::optional<std::string>& kid() const noexcept { return kid_; }

  /// By its kind and, where the key has one, its `alg`; never by what a token says alone.
  bool fits(const Algorithm& algorithm) const noexcept;

  /// Which algorithms those are, for a log line.
  std::string fitting() const;

  /// Every signature with it has exactly this size.
  std::size_t signature_bytes() const noexcept { return signature_bytes_; }

  /// Of a token in compact form whose header was read strictly, whose algorithm fits, and whose
  /// signature has the right size: cjose checks none of these.
  bool verifies(const std::string& token) const;

 private:
  VerificationKey() = default;
  Result<bool> take_purpose(const json_t& jwk);
  Result<bool> take_rsa(const json_t& jwk);
  Result<bool> take_curve(const json_t& jwk);

  std::optional<std::string> kid_;
  KeyKind kind_ = KeyKind::rsa;
  const Algorithm* only_ = nullptr;  ///< null: the key names none
  std::size_t signature_bytes_ = 0;
  std::shared_ptr<const _cjose_jwk_int> key_;
};

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_VERIFICATION_KEY_H
