#include "agent/identity/key_source.h"

#include <utility>

namespace shmx::identity {
namespace {

/// A clock that was set back says nothing of an age: as if the time were over.
bool is_over(std::int64_t since, std::int64_t now, std::int64_t seconds) {
  return now < since || now - since >= seconds;
}

}  // namespace

bool KeySource::begin(std::int64_t now_unix_s) {
  if (under_way_ || (began_unix_s_ && !is_over(*began_unix_s_, now_unix_s, kFetchIntervalS))) {
    return false;
  }
  began_unix_s_ = now_unix_s;
  under_way_ = true;
  return true;
}

std::string KeySource::took(KeySet keys, std::int64_t now_unix_s) {
  std::string left_out;
  for (const auto& key : keys.left_out()) {
    left_out.append(left_out.empty() ? "keys that are not used: " : "; ").append(key);
  }
  keys_ = std::move(keys);
  took_unix_s_ = now_unix_s;
  under_way_ = false;
  return std::exchange(told_, left_out) == left_out ? "" : left_out;
}

std::string KeySource::failed(const std::string& reason) {
  under_way_ = false;
  std::string text =
      reason + (keys_ ? "; the last keys stay in force, a day at most" : "; there are no keys yet");
  return std::exchange(told_, text) == text ? "" : text;
}

const KeySet* KeySource::usable(std::int64_t now_unix_s) const {
  return keys_ && now_unix_s - took_unix_s_ < kMostKeyAgeS ? &*keys_ : nullptr;
}

bool KeySource::is_stale(std::int64_t now_unix_s) const {
  return keys_ && is_over(took_unix_s_, now_unix_s, kKeyRefreshS);
}

}  // namespace shmx::identity
