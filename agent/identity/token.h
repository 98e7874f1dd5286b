// OIDC bearer tokens (RFC 7519) and the key sets (RFC 7517) that they are verified with. cjose and
// jansson stay behind this header; what they would accept too much is refused here first.
#ifndef SHM_EXPORTER_AGENT_IDENTITY_TOKEN_H
#define SHM_EXPORTER_AGENT_IDENTITY_TOKEN_H

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/identity/policy.h"
#include "shm/result.h"

namespace shmx::identity {

/// Headers of a request are bounded, too; a larger token is an attack.
inline constexpr std::size_t kMaxTokenBytes = std::size_t{16} << 10;
inline constexpr std::size_t kMaxKeySetBytes = std::size_t{256} << 10;

/// Keys whose algorithm was fixed by their type, curve and use when they were loaded. Thread-safe.
class KeySet {
 public:
  /// Keys that cannot be used are left out (RFC 7517, section 5). An error: it is no set, two of
  /// its keys have the same kid, or none of them can be used, and why.
  static Result<KeySet> parse(std::string_view json);
  bool has(std::string_view kid) const;

  /// Which keys of it are not used, and why: "key 2 (kid "a"): use is "enc", not "sig"".
  std::vector<std::string> left_out() const;

 private:
  friend class TokenVerifier;
  class Impl;
  std::shared_ptr<const Impl> impl_;
};

/// The claims that a policy may ask for.
struct Claims {
  std::string issuer;
  std::string subject{};
  std::int64_t expires_unix_s = 0;
  /// Claims of strings or arrays of strings, by name.
  std::map<std::string, std::vector<std::string>> texts{};
};

struct TokenProblem {
  std::string reason;  ///< token_malformed, token_algorithm, token_key, token_signature,
                       ///< token_issuer, token_audience, token_expired, token_not_yet_valid, …
  std::string detail;  ///< expected and presented; nothing of the signature
};

/// No key of the set has the token's kid, or there is no set yet: it may be out of date.
struct UnknownKey {
  std::string issuer;
  std::string kid;
};

using TokenResult = std::variant<Claims, TokenProblem, UnknownKey>;

/// Which issuer a token says it is from, unverified: whose keys to verify it with.
/// Then verify with those. No I/O.
TokenResult verify_token(std::string_view token, const std::vector<Issuer>& issuers,
                         const std::map<std::string, KeySet>& keys_by_issuer,
                         std::int64_t now_unix_s);

/// The key sets of issuers, of files or fetched from https URLs on a thread of this one, and kept
/// over reloads: 256 KiB and 5 s at most, no redirect. What is fetched is fetched again when it is
/// used and older than 5 minutes, or when a kid is not known; never more than once a minute per
/// issuer. When that fails the last set is used for a day. Thread-safe.
class KeySets {
 public:
  struct Hooks {
    std::function<std::int64_t()> now_unix_s;
    std::function<void(const std::string&)> warn;  ///< on any thread
  };
  explicit KeySets(Hooks hooks);

  /// Whoever still waits is forgotten. A lookup of a host's name that hangs is waited for.
  ~KeySets();
  KeySets(const KeySets&) = delete;
  KeySets& operator=(const KeySets&) = delete;

  /// What issuers need, as read from their files; not in force.
  class Prepared;

  /// An error: a file is no key set, a URL is not one of https, its authorities are none, or an
  /// issuer is there twice.
  Result<std::shared_ptr<const Prepared>> prepare(const std::vector<Issuer>& issuers);

  /// Which issuers there are from now on. Begins to fetch the sets that are not there.
  void use(const Prepared& prepared);

  /// By issuer; one without a set that can be used is not there.
  std::map<std::string, KeySet> current() const;

  /// Calls `done` when a fetch of the issuer's set has ended, on the thread of this one; or at once
  /// if none may begin now (the last began within a minute, it is a file, or too many wait
  /// already).
  void refresh(const std::string& issuer, std::function<void()> done);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_TOKEN_H
