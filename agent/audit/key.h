// The keys of the audit log: Ed25519, by OpenSSL. Immutable values, cheap to copy, thread-safe.
#ifndef SHM_EXPORTER_AGENT_AUDIT_KEY_H
#define SHM_EXPORTER_AGENT_AUDIT_KEY_H

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "shm/result.h"

namespace shmx::audit {

class PublicKey {
 public:
  /// A file that `openssl pkey -pubout` wrote. Error: what to do.
  static Result<PublicKey> read(const std::string& path);

  /// As it stands in a record (format.h).
  static Result<PublicKey> from_record(std::string_view spki_base64);

  /// 32 hex digits (format.h).
  const std::string& id() const noexcept { return id_; }
  const std::string& spki_base64() const noexcept { return spki_base64_; }

  bool verifies(std::string_view message, std::string_view signature) const;

 private:
  friend class SigningKey;
  static Result<PublicKey> of(std::shared_ptr<EVP_PKEY> key);
  PublicKey() = default;

  std::shared_ptr<EVP_PKEY> key_;
  std::string spki_base64_;
  std::string id_;
};

class SigningKey {
 public:
  /// An unencrypted private key in PEM that nobody else may read. Error: what to do, the command
  /// that makes a key included. A path of systemd's LoadCredential= is as good as any.
  static Result<SigningKey> read(const std::string& path);

  const PublicKey& public_key() const noexcept { return public_key_; }

  /// 64 bytes. Throws std::bad_alloc; there is no other error.
  std::string sign(std::string_view message) const;

 private:
  SigningKey(std::shared_ptr<EVP_PKEY> key, PublicKey public_key)
      : key_(std::move(key)), public_key_(std::move(public_key)) {}

  std::shared_ptr<EVP_PKEY> key_;
  PublicKey public_key_;
};

}  // namespace shmx::audit

#endif  // SHM_EXPORTER_AGENT_AUDIT_KEY_H
