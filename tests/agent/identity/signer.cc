#include "tests/agent/identity/signer.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace shmx::testing {
namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

void demand(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("OpenSSL does not ") + what);
}

const EVP_MD* digest_of(std::string_view algorithm) {
  const auto bits = algorithm.substr(2);
  return bits == "256" ? EVP_sha256() : bits == "384" ? EVP_sha384() : EVP_sha512();
}

std::string raw_of(const std::string& der, int coordinate_bytes) {
  const unsigned char* begin = bytes_of(std::string_view(der));
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature(
      d2i_ECDSA_SIG(nullptr, &begin, static_cast<long>(der.size())), &ECDSA_SIG_free);
  const auto size = static_cast<std::size_t>(coordinate_bytes);
  std::string raw(2 * size, '\0');
  demand(BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), bytes_of(raw), coordinate_bytes) > 0 &&
             BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), bytes_of(raw) + size,
                          coordinate_bytes) > 0,
         "write r and s");
  return raw;
}

std::string digest_sign(EVP_PKEY* key, std::string_view algorithm, std::string_view input) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  EVP_PKEY_CTX* options = nullptr;
  demand(EVP_DigestSignInit(context.get(), &options, digest_of(algorithm), nullptr, key) == 1,
         "begin to sign");
  if (algorithm.starts_with("PS")) {
    demand(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1,
           "use PSS");
  }
  std::size_t size = 0;
  demand(EVP_DigestSign(context.get(), nullptr, &size, bytes_of(input), input.size()) == 1,
         "tell the size of a signature");
  std::string signature(size, '\0');
  demand(
      EVP_DigestSign(context.get(), bytes_of(signature), &size, bytes_of(input), input.size()) == 1,
      "sign");
  signature.resize(size);
  return signature;
}

}  // namespace

std::string base64url(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(bytes_of(text), bytes_of(bytes), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  while (text.ends_with('=')) text.pop_back();
  return text;
}

std::string hmac(int bits, std::string_view secret, std::string_view input) {
  std::string code(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  HMAC(digest_of("HS" + std::to_string(bits)), secret.data(), static_cast<int>(secret.size()),
       bytes_of(input), input.size(), bytes_of(code), &size);
  code.resize(size);
  return code;
}

Signer Signer::rsa(unsigned bits) {
  return Signer(EVP_RSA_gen(bits));
}

Signer Signer::ec(const char* curve) {
  return Signer(EVP_EC_gen(curve));
}

std::string Signer::number(const char* parameter, int bytes) const {
  BIGNUM* value = nullptr;
  demand(EVP_PKEY_get_bn_param(key_.get(), parameter, &value) == 1, "tell a number of the key");
  std::string big_endian(static_cast<std::size_t>(bytes > 0 ? bytes : BN_num_bytes(value)), '\0');
  BN_bn2binpad(value, bytes_of(big_endian), static_cast<int>(big_endian.size()));
  BN_free(value);
  return big_endian;
}

std::string Signer::modulus() const {
  return number(OSSL_PKEY_PARAM_RSA_N, 0);
}

std::string Signer::jwk(const std::string& more) const {
  const std::string comma = more.empty() ? "" : ",";
  if (EVP_PKEY_is_a(key_.get(), "RSA") == 1) {
    return R"({"kty":"RSA","n":")" + base64url(modulus()) + R"(","e":")" +
           base64url(number(OSSL_PKEY_PARAM_RSA_E, 0)) + "\"" + comma + more + "}";
  }
  const int bits = EVP_PKEY_get_bits(key_.get());
  const int bytes = (bits + 7) / 8;
  return R"({"kty":"EC","crv":"P-)" + std::to_string(bits) + R"(","x":")" +
         base64url(number(OSSL_PKEY_PARAM_EC_PUB_X, bytes)) + R"(","y":")" +
         base64url(number(OSSL_PKEY_PARAM_EC_PUB_Y, bytes)) + "\"" + comma + more + "}";
}

std::string Signer::sign(std::string_view algorithm, std::string_view input) const {
  auto signature = digest_sign(key_.get(), algorithm, input);
  if (!algorithm.starts_with("ES")) return signature;
  return raw_of(signature, (EVP_PKEY_get_bits(key_.get()) + 7) / 8);
}

std::string Signer::sign_der(std::string_view input) const {
  return digest_sign(key_.get(), "ES256", input);
}

std::string Signer::token(std::string_view algorithm, std::string_view header,
                          std::string_view payload) const {
  const std::string input = base64url(header) + "." + base64url(payload);
  return input + "." + base64url(sign(algorithm, input));
}

std::string Signer::public_pem() const {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), &BIO_free);
  demand(PEM_write_bio_PUBKEY(memory.get(), key_.get()) == 1, "write PEM");
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::string Signer::public_der() const {
  unsigned char* bytes = nullptr;
  const int size = i2d_PUBKEY(key_.get(), &bytes);
  demand(size > 0, "write DER");
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

std::string key_set(const std::vector<std::string>& jwks) {
  std::string all;
  for (const auto& jwk : jwks) all.append(all.empty() ? "" : ",").append(jwk);
  return R"({"keys":[)" + all + "]}";
}

}  // namespace shmx::testing
