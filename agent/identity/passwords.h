// The users of basic_auth_users and their passwords, and what was found out about them so far.
#ifndef SHM_EXPORTER_AGENT_IDENTITY_PASSWORDS_H
#define SHM_EXPORTER_AGENT_IDENTITY_PASSWORDS_H

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "agent/identity/hasher.h"
#include "shm/result.h"

namespace shmx::identity {

/// bcrypt reads no further: what follows would not matter.
inline constexpr std::size_t kMaxPasswordBytes = 72;

/// Thread-safe.
class Passwords : public std::enable_shared_from_this<Passwords> {
 public:
  enum class Answer { right, wrong, busy };
  using Receiver = std::function<void(Answer)>;

  /// Wrong passwords that are remembered: a flood of one costs one hash. 32 bytes each.
  static constexpr std::size_t kMaxWrong = 1'024;

  /// Requests that wait for hashes, over all passwords: fewer than a page has places, as whoever
  /// waits has one, and whose password is known is to find another.
  static constexpr std::size_t kMaxReceivers = 12;

  /// bcrypt hashes by user. An error names the user whose hash cannot be used. `hasher` is used as
  /// long as a receiver waits.
  static Result<std::shared_ptr<Passwords>> make(std::map<std::string, std::string> hashes,
                                                 Hasher& hasher);

  /// Called by make() alone: `key` is random.
  Passwords(std::map<std::string, std::string> hashes, Hasher& hasher, std::string key);

  bool empty() const noexcept { return hashes_.empty(); }
  bool knows(const std::string& user) const { return hashes_.contains(user); }

  /// `receiver` is called once: at once if the answer is known or cannot be had, else on the
  /// hasher's thread. A user that there is not takes as long as a wrong password, as does a
  /// password that is too long.
  void check(const std::string& user, const std::string& password, const Receiver& receiver);

  /// Wrong passwords that are remembered at the moment.
  std::size_t remembered_wrong() const;

 private:
  std::string digest(const std::string& user, const std::string& password) const;
  const std::string& hash_for(const std::string& user) const;
  void hash(const std::string& user, const std::string& password, const std::string& digest);
  void settle(const std::string& digest, Answer answer);

  const std::map<std::string, std::string> hashes_;
  Hasher& hasher_;
  const std::string key_;

  mutable std::mutex mutex_;
  std::set<std::string> right_;  ///< digests; no more than users, each has but one password
  std::set<std::string> wrong_;
  std::map<std::string, std::vector<Receiver>> waiting_;  ///< by digest
  std::size_t receivers_ = 0;                             ///< of all that wait
};

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_PASSWORDS_H
