#include "agent/identity/verification_key.h"

#include <cjose/jwk.h>
#include <cjose/jws.h>
#include <jansson.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <string_view>
#include <utility>

#include "agent/identity/base64url.h"
#include "agent/identity/quoted.h"
#include "agent/identity/strict_json.h"

namespace shmx::identity {
namespace {

/// Smaller ones are within reach of whoever has much time (RFC 7518, section 3.3).
constexpr std::size_t kFewestRsaBits = 2048;
/// OpenSSL's own bound; verifying with such a key takes a millisecond.
constexpr std::size_t kMostRsaBits = 16384;
/// 65537 is what everybody has; a large exponent makes each signature slow to verify.
constexpr std::size_t kMostExponentBytes = 4;
/// A kid is a thumbprint or a short name.
constexpr std::size_t kMostKidBytes = 256;

struct Curve {
  std::string_view name;
  KeyKind kind;
  cjose_jwk_ec_curve id;
  std::size_t coordinate_bytes;
};
constexpr std::array<Curve, 3> kCurves{{
    {"P-256", KeyKind::p256, CJOSE_JWK_EC_P_256, 32},
    {"P-384", KeyKind::p384, CJOSE_JWK_EC_P_384, 48},
    {"P-521", KeyKind::p521, CJOSE_JWK_EC_P_521, 66},
}};

std::uint8_t* bytes_of(std::string& text) {
  return reinterpret_cast<std::uint8_t*>(text.data());
}

struct ReleaseSignature {
  void operator()(cjose_jws_t* jws) const noexcept { cjose_jws_release(jws); }
};

std::shared_ptr<const _cjose_jwk_int> shared(cjose_jwk_t* key) {
  // What OpenSSL noted of a key that it refuses would be taken for an error of the thread's next
  // TLS operation.
  ERR_clear_error();
  if (key == nullptr) return nullptr;
  return {key, [](const cjose_jwk_t* jwk) { cjose_jwk_release(const_cast<cjose_jwk_t*>(jwk)); }};
}

/// A number as RFC 7518, section 2 has it: big-endian, without zeroes before it.
std::optional<std::string> number_member(const json_t& jwk, const char* name) {
  auto number = decode_base64url(text_member(jwk, name).value_or(""));
  if (!number || number->empty() || number->front() == '\0') return std::nullopt;
  return number;
}

bool is_odd(const std::string& number) {
  return (static_cast<unsigned char>(number.back()) & 1U) != 0;
}

std::size_t bits_of(const std::string& number) {
  return (number.size() - 1) * 8 + std::bit_width(static_cast<unsigned char>(number.front()));
}

/// Absent, or an array of strings that has "verify".
bool may_verify(const json_t* operations) {
  if (operations == nullptr) return true;
  bool found = false;
  for (std::size_t i = 0; i < json_array_size(operations); ++i) {
    const char* const operation = json_string_value(json_array_get(operations, i));
    found = found || (operation != nullptr && std::string_view(operation) == "verify");
  }
  return found;
}

std::string what_is(const json_t& jwk, const char* name) {
  const auto text = text_member(jwk, name);
  return std::string(name) + (text ? " is " + in_quotes(*text) : " is missing or no string");
}

}  // namespace

Result<VerificationKey> VerificationKey::of(const json_t& jwk) {
  VerificationKey key;
  if (auto taken = key.take_purpose(jwk); !taken) return taken.error();
  const auto kty = text_member(jwk, "kty");
  if (kty == "RSA") {
    if (auto taken = key.take_rsa(jwk); !taken) return taken.error();
  } else if (kty == "EC") {
    if (auto taken = key.take_curve(jwk); !taken) return taken.error();
  } else {
    return Error{what_is(jwk, "kty") + "; RSA and EC are accepted"};
  }
  if (json_object_get(&jwk, "alg") == nullptr) return key;
  key.only_ = algorithm_named(text_member(jwk, "alg").value_or(""));
  if (key.only_ == nullptr || key.only_->kind != key.kind_) {
    return Error{what_is(jwk, "alg") + ", which is no signature that this kind of key verifies"};
  }
  return key;
}

Result<bool> VerificationKey::take_purpose(const json_t& jwk) {
  for (const char* const secret : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) {
    if (json_object_get(&jwk, secret) != nullptr) {
      return Error{"it has the secret member \"" + std::string(secret) +
                   "\": it is known to whoever could read this set"};
    }
  }
  kid_ = text_member(jwk, "kid");
  const bool has_kid = json_object_get(&jwk, "kid") != nullptr;
  if (has_kid && (!kid_ || kid_->empty() || kid_->size() > kMostKidBytes)) {
    return Error{"its kid is not a string of 1 to 256 bytes"};
  }
  if (json_object_get(&jwk, "use") != nullptr && text_member(jwk, "use") != "sig") {
    return Error{what_is(jwk, "use") + ", not \"sig\""};
  }
  if (!may_verify(json_object_get(&jwk, "key_ops"))) return Error{"its key_ops lack \"verify\""};
  return true;
}

Result<bool> VerificationKey::take_rsa(const json_t& jwk) {
  auto modulus = number_member(jwk, "n");
  auto exponent = number_member(jwk, "e");
  if (!modulus || !exponent) return Error{"n or e is no number in base64url"};
  const std::size_t bits = bits_of(*modulus);
  if (bits < kFewestRsaBits || bits > kMostRsaBits) {
    return Error{"its modulus has " + std::to_string(bits) + " bits; 2048 to 16384 are accepted"};
  }
  // With 1 every signature would be its own message.
  if (exponent->size() > kMostExponentBytes || *exponent == "\1" || !is_odd(*exponent) ||
      !is_odd(*modulus)) {
    return Error{"n and e are no RSA key: n is odd, e is odd, more than 1 and of at most 4 bytes"};
  }
  cjose_jwk_rsa_keyspec spec{};
  spec.n = bytes_of(*modulus);
  spec.nlen = modulus->size();
  spec.e = bytes_of(*exponent);
  spec.elen = exponent->size();
  key_ = shared(cjose_jwk_create_RSA_spec(&spec, nullptr));
  if (!key_) return Error{"OpenSSL refuses it"};
  kind_ = KeyKind::rsa;
  signature_bytes_ = modulus->size();
  return true;
}

Result<bool> VerificationKey::take_curve(const json_t& jwk) {
  const auto* const curve =
      std::ranges::find(kCurves, text_member(jwk, "crv").value_or(""), &Curve::name);
  if (curve == kCurves.end()) {
    return Error{what_is(jwk, "crv") + "; P-256, P-384 and P-521 are accepted"};
  }
  auto x = decode_base64url(text_member(jwk, "x").value_or(""));
  auto y = decode_base64url(text_member(jwk, "y").value_or(""));
  if (!x || !y || x->size() != curve->coordinate_bytes || y->size() != curve->coordinate_bytes) {
    return Error{"x or y is not of " + std::to_string(curve->coordinate_bytes) +
                 " bytes in base64url"};
  }
  cjose_jwk_ec_keyspec spec{};
  spec.crv = curve->id;
  spec.x = bytes_of(*x);
  spec.xlen = x->size();
  spec.y = bytes_of(*y);
  spec.ylen = y->size();
  key_ = shared(cjose_jwk_create_EC_spec(&spec, nullptr));
  if (!key_) return Error{"its point is not on " + std::string(curve->name)};
  kind_ = curve->kind;
  signature_bytes_ = 2 * curve->coordinate_bytes;  // r and s (RFC 7518, section 3.4)
  return true;
}

bool VerificationKey::fits(const Algorithm& algorithm) const noexcept {
  return only_ != nullptr ? only_->name == algorithm.name : kind_ == algorithm.kind;
}

std::string VerificationKey::fitting() const {
  if (only_ != nullptr) return std::string(only_->name);
  switch (kind_) {
    case KeyKind::rsa:
      return "RS256 to PS512";
    case KeyKind::p256:
      return "ES256";
    case KeyKind::p384:
      return "ES384";
    case KeyKind::p521:
      return "ES512";
  }
  return {};
}

bool VerificationKey::verifies(const std::string& token) const {
  const std::unique_ptr<cjose_jws_t, ReleaseSignature> jws(
      cjose_jws_import(token.data(), token.size(), nullptr));
  const bool verified = jws && cjose_jws_verify(jws.get(), key_.get(), nullptr);
  ERR_clear_error();  // as above
  return verified;
}

}  // namespace shmx::identity
