#include "agent/audit/key.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cerrno>
#include <new>

#include "agent/audit/digest.h"
#include "agent/audit/format.h"
#include "agent/files/stamp.h"
#include "agent/x509/openssl.h"

namespace shmx::audit {
namespace {

using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

/// 128 bits: nobody makes a second key with the same.
constexpr std::size_t kIdDigits = 32;

const unsigned char* unsigned_bytes(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

Context context() {
  Context made(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (made == nullptr) throw std::bad_alloc();
  return made;
}

/// A file that is there is never named as what openssl writes: it empties that first, and without
/// its key a log cannot be continued.
Error not_a_key(const std::string& path, const Error& problem) {
  const std::string made = problem.code == ENOENT ? path : "NEW.key";
  const std::string remedy = problem.code == EACCES
                                 ? "give it to the agent's user (chown), with mode 600"
                                 : "make one with: openssl genpkey -algorithm ed25519 -out " + made;
  return Error{"the audit log's key " + path + ": " + problem.message + "; " + remedy,
               problem.code};
}

}  // namespace

Result<PublicKey> PublicKey::of(std::shared_ptr<EVP_PKEY> key) {
  if (key == nullptr || EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519) {
    return Error{"expected an Ed25519 public key"};
  }
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key.get(), &der);
  if (size <= 0) throw std::bad_alloc();
  const std::string spki(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  PublicKey made;
  made.key_ = std::move(key);
  made.spki_base64_ = base64(spki);
  made.id_ = hex(sha256(spki)).substr(0, kIdDigits);
  return made;
}

Result<PublicKey> PublicKey::read(const std::string& path) {
  const auto pem = files::read_small_file(path);
  if (!pem) return pem.error();
  auto key = of(x509::public_key_of_pem(pem.value()));
  if (key) return key;
  return Error{
      path + ": " + key.error().message +
      " in PEM; make it from the private key with: openssl pkey -in PRIVATE.key -pubout -out "
      "PUBLIC.pem"};
}

Result<PublicKey> PublicKey::from_record(std::string_view spki_base64) {
  const auto spki = audit::from_base64(spki_base64);
  if (!spki) return Error{"expected a public key in base64"};
  const unsigned char* bytes = unsigned_bytes(*spki);
  x509::Owned<EVP_PKEY> read(d2i_PUBKEY(nullptr, &bytes, static_cast<long>(spki->size())));
  ERR_clear_error();  // What OpenSSL has to say is said in our own words.
  auto key = of(std::move(read));
  if (key && key->spki_base64() != spki_base64) return Error{"expected a public key and no more"};
  return key;
}

bool PublicKey::verifies(std::string_view message, std::string_view signature) const {
  const Context verifying = context();
  if (EVP_DigestVerifyInit(verifying.get(), nullptr, nullptr, nullptr, key_.get()) != 1) {
    throw std::bad_alloc();
  }
  const bool right = EVP_DigestVerify(verifying.get(), unsigned_bytes(signature), signature.size(),
                                      unsigned_bytes(message), message.size()) == 1;
  ERR_clear_error();
  return right;
}

Result<SigningKey> SigningKey::read(const std::string& path) {
  const auto pem = files::read_small_file(path);
  if (!pem) return not_a_key(path, pem.error());
  if (const auto problem = files::problem_of_secret(path)) {
    return Error{"the audit log's key " + problem->message};
  }
  std::shared_ptr<EVP_PKEY> key = x509::private_key_of_pem(pem.value());
  auto public_key = PublicKey::of(key);
  if (!public_key) {
    return not_a_key(path, Error{"expected an unencrypted Ed25519 private key in PEM"});
  }
  return SigningKey(std::move(key), std::move(public_key).value());
}

std::string SigningKey::sign(std::string_view message) const {
  const Context signing = context();
  std::string signature(kSignatureBytes, '\0');
  std::size_t size = signature.size();
  if (EVP_DigestSignInit(signing.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(signing.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     unsigned_bytes(message), message.size()) != 1) {
    throw std::bad_alloc();
  }
  return signature;
}

}  // namespace shmx::audit
