#include "agent/identity/bearer.h"

#include <utility>

#include "agent/identity/quoted.h"

namespace shmx::identity {

Bearer::Bearer(std::vector<Issuer> issuers, KeySets& key_sets,
               std::function<std::int64_t()> now_unix_s)
    : issuers_(std::move(issuers)), key_sets_(key_sets), now_unix_s_(std::move(now_unix_s)) {}

TokenResult Bearer::verify(const std::string& token) const {
  return verify_token(token, issuers_, key_sets_.current(), now_unix_s_());
}

Bearer::Answer Bearer::answer_of(const TokenResult& result) const {
  if (const auto* claims = std::get_if<Claims>(&result)) return *claims;
  if (const auto* problem = std::get_if<TokenProblem>(&result)) {
    return Refusal{Refusal::Kind::unauthenticated, problem->reason, problem->detail};
  }
  const UnknownKey& unknown = std::get<UnknownKey>(result);
  if (!key_sets_.current().contains(unknown.issuer)) {
    // That is not the reader's fault.
    return Refusal{Refusal::Kind::busy, "token_keys_missing",
                   "there is no key set of issuer " + in_quotes(unknown.issuer) + " yet"};
  }
  return Refusal{Refusal::Kind::unauthenticated, "token_key",
                 "the key set of issuer " + in_quotes(unknown.issuer) +
                     " has no key with the kid " + in_quotes(unknown.kid)};
}

void Bearer::judge(const std::string& token, const Receiver& receiver) {
  const TokenResult result = verify(token);
  const auto* unknown = std::get_if<UnknownKey>(&result);
  if (unknown == nullptr) return receiver(answer_of(result));
  key_sets_.refresh(unknown->issuer, [self = shared_from_this(), token, receiver] {
    receiver(self->answer_of(self->verify(token)));
  });
}

}  // namespace shmx::identity
