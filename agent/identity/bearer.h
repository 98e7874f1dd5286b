// Bearer tokens (RFC 6750) by the key sets of now, which are asked for again where a key is not
// known.
#ifndef SHM_EXPORTER_AGENT_IDENTITY_BEARER_H
#define SHM_EXPORTER_AGENT_IDENTITY_BEARER_H

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "agent/identity/policy.h"
#include "agent/identity/token.h"
#include "agent/identity/verdict.h"

namespace shmx::identity {

/// Thread-safe.
class Bearer : public std::enable_shared_from_this<Bearer> {
 public:
  using Answer = std::variant<Claims, Refusal>;
  using Receiver = std::function<void(const Answer&)>;

  /// `key_sets` is used as long as a receiver waits.
  Bearer(std::vector<Issuer> issuers, KeySets& key_sets, std::function<std::int64_t()> now_unix_s);

  /// `receiver` is called once: at once, or when a key set has been fetched, on another thread.
  /// KeySets bounds how many wait.
  void judge(const std::string& token, const Receiver& receiver);

 private:
  TokenResult verify(const std::string& token) const;
  Answer answer_of(const TokenResult& result) const;

  const std::vector<Issuer> issuers_;
  KeySets& key_sets_;
  const std::function<std::int64_t()> now_unix_s_;
};

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_BEARER_H
