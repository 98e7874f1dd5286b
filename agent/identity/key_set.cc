#include "agent/identity/key_set.h"

#include <jansson.h>

#include <algorithm>
#include <set>
#include <utility>

#include "agent/identity/quoted.h"
#include "agent/identity/strict_json.h"

namespace shmx::identity {
namespace {

/// Providers have two or three, and for a rotation some more; each is made a key of OpenSSL's.
constexpr std::size_t kMostKeys = 100;

std::string name_of(const json_t& jwk, std::size_t index) {
  const auto kid = text_member(jwk, "kid");
  return "key " + std::to_string(index + 1) + (kid ? " (kid " + in_quotes(*kid) + ")" : "");
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all.append(all.empty() ? "" : "; ").append(text);
  return all;
}

/// Two keys of one name leave open which of them a token means.
std::optional<std::string> repeated_kid(const std::vector<VerificationKey>& keys) {
  std::set<std::string> seen;
  for (const auto& key : keys) {
    if (key.kid() && !seen.insert(*key.kid()).second) return key.kid();
  }
  return std::nullopt;
}

}  // namespace

Result<KeySet> KeySet::parse(std::string_view json) {
  if (json.size() > kMaxKeySetBytes) return Error{"a JWK set has 256 KiB at most"};
  auto parsed = parse_json_object(json);
  if (!parsed) return Error{"no JWK set: " + parsed.error().message};
  const json_t* const members = json_object_get(parsed->get(), "keys");
  if (!json_is_array(members)) return Error{"no JWK set: the array \"keys\" is missing"};
  const std::size_t count = json_array_size(members);
  if (count > kMostKeys) {
    return Error{"a JWK set of " + std::to_string(count) + " keys; 100 are accepted"};
  }
  auto impl = std::make_shared<Impl>();
  for (std::size_t i = 0; i < count; ++i) {
    const json_t* const jwk = json_array_get(members, i);
    if (!json_is_object(jwk))
      return Error{"no JWK set: key " + std::to_string(i + 1) + " is no object"};
    auto key = VerificationKey::of(*jwk);
    if (key) {
      impl->keys.push_back(std::move(key).value());
    } else {
      impl->left_out.push_back(name_of(*jwk, i) + ": " + key.error().message);
    }
  }
  if (const auto kid = repeated_kid(impl->keys)) {
    return Error{"a JWK set with two keys of the kid " + in_quotes(*kid)};
  }
  if (impl->keys.empty()) {
    return Error{"a JWK set without a key that can be used" +
                 (count == 0 ? "" : ": " + joined(impl->left_out))};
  }
  KeySet set;
  set.impl_ = std::move(impl);
  return set;
}

bool KeySet::has(std::string_view kid) const {
  return impl_ && std::ranges::any_of(
                      impl_->keys, [kid](const VerificationKey& key) { return key.kid() == kid; });
}

std::vector<std::string> KeySet::left_out() const {
  return impl_ ? impl_->left_out : std::vector<std::string>();
}

}  // namespace shmx::identity
