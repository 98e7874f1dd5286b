// When the keys of one issuer are fetched, and how long they are used. Knows no network.
#ifndef SHM_EXPORTER_AGENT_IDENTITY_KEY_SOURCE_H
#define SHM_EXPORTER_AGENT_IDENTITY_KEY_SOURCE_H

#include <cstdint>
#include <optional>
#include <string>

#include "agent/identity/token.h"
#include "shm/result.h"

namespace shmx::identity {

/// Whatever tokens name, their issuer's server is asked no more often than this.
inline constexpr std::int64_t kFetchIntervalS = 60;

/// A set that is used is fetched again after this: a key that was withdrawn must leave.
inline constexpr std::int64_t kKeyRefreshS = 300;

/// While its server does not answer, a set is used this long: an outage over night is none here,
/// but who cuts the agent off from the server cannot keep a withdrawn key alive.
inline constexpr std::int64_t kMostKeyAgeS = std::int64_t{24} * 3600;

/// One thread at a time. A clock that is set back does not forbid a fetch.
class KeySource {
 public:
  /// Whether a fetch is to start now; then it counts as under way until `took` or `failed`.
  bool begin(std::int64_t now_unix_s);
  bool under_way() const noexcept { return under_way_; }

  /// What was fetched. The text to warn of, if it is not that of the last time: the keys that are
  /// left out.
  std::string took(KeySet keys, std::int64_t now_unix_s);

  /// The last keys stay. The text to warn of, if it is not that of the last time.
  std::string failed(const std::string& reason);

  /// Whatever their age, which is for those that do not come over a network. Null: there are none.
  const KeySet* last() const noexcept { return keys_ ? &*keys_ : nullptr; }

  /// Null: there are none, or they are too old.
  const KeySet* usable(std::int64_t now_unix_s) const;

  /// Whether they are to be fetched again on the next occasion.
  bool is_stale(std::int64_t now_unix_s) const;

 private:
  std::optional<KeySet> keys_;
  std::optional<std::int64_t> began_unix_s_;  ///< the last fetch
  std::int64_t took_unix_s_ = 0;
  bool under_way_ = false;
  std::string told_;  ///< the last text to warn of; empty: the last fetch was fine
};

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_KEY_SOURCE_H
