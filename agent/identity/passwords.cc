#include "agent/identity/passwords.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "agent/identity/quoted.h"

namespace shmx::identity {
namespace {

constexpr std::size_t kKeyBytes = 32;

// Each step doubles the time; 16 takes some 4 s per password, and everybody waits for each.
constexpr int kMaxCost = 16;

constexpr std::size_t kBcryptBytes = 60;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::optional<std::string> problem_of_hash(std::string_view hash) {
  const bool is_bcrypt =
      hash.size() == kBcryptBytes &&
      (hash.starts_with("$2a$") || hash.starts_with("$2b$") || hash.starts_with("$2y$"));
  if (!is_bcrypt) return "expected a bcrypt hash: $2a$, $2b$ or $2y$, 60 characters in all";
  const auto digit = [&](std::size_t at) { return hash[at] - '0'; };
  const int cost = digit(4) * 10 + digit(5);
  if (cost < 4 || cost > kMaxCost) {
    return "expected a bcrypt cost of 4 to " + std::to_string(kMaxCost) +
           " (12 takes a quarter of a second)";
  }
  return std::nullopt;
}

}  // namespace

Result<std::shared_ptr<Passwords>> Passwords::make(std::map<std::string, std::string> hashes,
                                                   Hasher& hasher) {
  for (const auto& [user, hash] : hashes) {
    if (const auto problem = problem_of_hash(hash)) {
      return Error{"basic_auth_users: " + in_quotes(user) + ": " + *problem};
    }
  }
  std::string key(kKeyBytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), kKeyBytes) != 1) {
    return Error{"OpenSSL has no random bytes"};
  }
  return std::make_shared<Passwords>(std::move(hashes), hasher, std::move(key));
}

Passwords::Passwords(std::map<std::string, std::string> hashes, Hasher& hasher, std::string key)
    : hashes_(std::move(hashes)), hasher_(hasher), key_(std::move(key)) {}

/// Remembered instead of a password, which it does not tell without the key; a user has no colon.
std::string Passwords::digest(const std::string& user, const std::string& password) const {
  const std::string text = user + ':' + password;
  std::array<unsigned char, EVP_MAX_MD_SIZE> made{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), bytes_of(text), text.size(),
       made.data(), &size);
  return {reinterpret_cast<const char*>(made.data()), size};
}

/// Who is not a user is hashed as one of them, always the same: hashes may differ in their costs,
/// and a name that takes as long as no user's would be told by it.
const std::string& Passwords::hash_for(const std::string& user) const {
  if (const auto known = hashes_.find(user); known != hashes_.end()) return known->second;
  const auto position = std::hash<std::string>{}(user) % hashes_.size();
  return std::next(hashes_.begin(), static_cast<std::ptrdiff_t>(position))->second;
}

void Passwords::check(const std::string& user, const std::string& password,
                      const Receiver& receiver) {
  if (hashes_.empty()) return receiver(Answer::wrong);
  const std::string key = digest(user, password);
  std::optional<Answer> known;
  {
    const std::lock_guard lock(mutex_);
    if (right_.contains(key)) {
      known = Answer::right;
    } else if (wrong_.contains(key)) {
      known = Answer::wrong;
    } else if (receivers_ >= kMaxReceivers) {
      known = Answer::busy;
    } else {
      ++receivers_;
      auto& receivers = waiting_[key];
      receivers.push_back(receiver);
      if (receivers.size() > 1) return;  // it is being hashed already
    }
  }
  if (known) return receiver(*known);
  hash(user, password, key);
}

void Passwords::hash(const std::string& user, const std::string& password,
                     const std::string& digest) {
  const bool may_be_right = knows(user) && password.size() <= kMaxPasswordBytes;
  auto done = [self = shared_from_this(), digest, may_be_right](Hasher::Outcome outcome) {
    const bool right = may_be_right && outcome == Hasher::Outcome::matches;
    self->settle(digest, outcome == Hasher::Outcome::abandoned ? Answer::busy
                         : right                               ? Answer::right
                                                               : Answer::wrong);
  };
  const bool taken =
      hasher_.add({password.substr(0, kMaxPasswordBytes), hash_for(user), std::move(done)});
  if (!taken) settle(digest, Answer::busy);
}

void Passwords::settle(const std::string& digest, Answer answer) {
  std::vector<Receiver> receivers;
  {
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(digest);
    receivers = std::move(found->second);
    waiting_.erase(found);
    receivers_ -= receivers.size();
    if (answer == Answer::right) right_.insert(digest);
    if (answer == Answer::wrong) {
      if (wrong_.size() >= kMaxWrong) wrong_.clear();
      wrong_.insert(digest);
    }
  }
  for (const Receiver& receiver : receivers) {
    receiver(answer);
  }
}

std::size_t Passwords::remembered_wrong() const {
  const std::lock_guard lock(mutex_);
  return wrong_.size();
}

}  // namespace shmx::identity
