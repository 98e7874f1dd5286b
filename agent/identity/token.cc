#include "agent/identity/token.h"

#include <algorithm>
#include <utility>

#include "agent/identity/claims.h"
#include "agent/identity/key_set.h"
#include "agent/identity/quoted.h"
#include "agent/identity/signed_token.h"

namespace shmx::identity {

/// Chooses the key and verifies with it.
class TokenVerifier {
 public:
  /// Nothing: there is no such key in the set.
  static Result<const VerificationKey*, TokenProblem> key_for(const SignedToken& token,
                                                              const KeySet& set) {
    const auto& keys = set.impl_->keys;
    if (!token.kid) return only_key_for(*token.algorithm, keys);
    const auto found = std::ranges::find(keys, token.kid, &VerificationKey::kid);
    if (found == keys.end()) return nullptr;
    if (!found->fits(*token.algorithm)) {
      return TokenProblem{"token_algorithm", "its algorithm is " +
                                                 std::string(token.algorithm->name) +
                                                 ", its key is for " + found->fitting()};
    }
    return &*found;
  }

  static bool has_keys(const KeySet& set) { return set.impl_ != nullptr; }

 private:
  static Result<const VerificationKey*, TokenProblem> only_key_for(
      const Algorithm& algorithm, const std::vector<VerificationKey>& keys) {
    const VerificationKey* only = nullptr;
    for (const auto& key : keys) {
      if (!key.fits(algorithm)) continue;
      if (only != nullptr) {
        return TokenProblem{"token_key", "it has no kid, and several keys are for its algorithm"};
      }
      only = &key;
    }
    if (only != nullptr) return only;
    return TokenProblem{"token_key", "it has no kid, and no key is for its algorithm " +
                                         std::string(algorithm.name)};
  }
};

TokenResult verify_token(std::string_view token, const std::vector<Issuer>& issuers,
                         const std::map<std::string, KeySet>& keys_by_issuer,
                         std::int64_t now_unix_s) {
  const auto apart = take_apart(token);
  if (!apart) return apart.error();
  const auto iss = text_member(*apart->payload, "iss");
  if (!iss) return TokenProblem{"token_issuer", "its iss is missing or no string"};
  const auto issuer = std::ranges::find(issuers, *iss, &Issuer::issuer);
  if (issuer == issuers.end()) {
    return TokenProblem{"token_issuer",
                        "its issuer is " + in_quotes(*iss) + ", which is none of ours"};
  }
  const UnknownKey unknown{*iss, apart->kid.value_or("")};
  const auto keys = keys_by_issuer.find(*iss);
  if (keys == keys_by_issuer.end() || !TokenVerifier::has_keys(keys->second)) return unknown;
  const auto found = TokenVerifier::key_for(*apart.operator->(), keys->second);
  if (!found) return found.error();
  const VerificationKey* const key = found.value();
  if (key == nullptr) return unknown;
  if (apart->signature_bytes != key->signature_bytes()) {
    return TokenProblem{"token_signature", "its signature has " +
                                               std::to_string(apart->signature_bytes) +
                                               " bytes; its key makes such of " +
                                               std::to_string(key->signature_bytes())};
  }
  if (!key->verifies(std::string(token))) {
    return TokenProblem{"token_signature", "its signature is not that of the issuer's key"};
  }
  auto claims = accepted_claims(*apart->payload, *issuer, now_unix_s);
  if (!claims) return claims.error();
  return std::move(claims).value();
}

}  // namespace shmx::identity
