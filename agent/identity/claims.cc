#include "agent/identity/claims.h"

#include <jansson.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "agent/identity/quoted.h"
#include "agent/identity/strict_json.h"

namespace shmx::identity {
namespace {

/// The end of 9999, as far as RFC 3339 can write a date. With it no sum of times overflows.
constexpr std::int64_t kLastUnixS = 253'402'300'799;

/// Clocks of hosts are kept within milliseconds; five minutes is what Kerberos gives them.
constexpr std::int64_t kMostSkewS = 300;

std::int64_t skew_of(const Issuer& issuer) {
  return std::clamp<std::int64_t>(issuer.clock_skew.count(), 0, kMostSkewS);
}

/// The strings of a string or an array of strings; nothing if it is anything else.
std::optional<std::vector<std::string>> texts_of(const json_t* claim) {
  const auto text_of = [](const json_t* json) {
    return std::string(json_string_value(json), json_string_length(json));
  };
  if (json_is_string(claim)) return std::vector{text_of(claim)};
  if (!json_is_array(claim)) return std::nullopt;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < json_array_size(claim); ++i) {
    const json_t* const element = json_array_get(claim, i);
    if (!json_is_string(element)) return std::nullopt;
    texts.push_back(text_of(element));
  }
  return texts;
}

std::optional<TokenProblem> problem_of_audience(const json_t& payload, const Issuer& issuer) {
  const auto audiences = texts_of(json_object_get(&payload, "aud"));
  if (!audiences) {
    return TokenProblem{"token_audience", "its aud is missing, or no string or array of strings"};
  }
  if (std::ranges::find(*audiences, issuer.audience) != audiences->end()) return std::nullopt;
  std::string presented;
  for (const auto& audience : *audiences) {
    presented.append(presented.empty() ? "" : ", ").append(in_quotes(audience));
    if (presented.size() > 500) break;  // enough for whoever reads the log
  }
  return TokenProblem{"token_audience", "it is for " + (presented.empty() ? "nobody" : presented) +
                                            ", expected " + in_quotes(issuer.audience)};
}

/// A problem if the claim is there and no time.
Result<std::optional<std::int64_t>, TokenProblem> time_claim(const json_t& payload,
                                                             const char* name) {
  const json_t* const claim = json_object_get(&payload, name);
  if (claim == nullptr) return std::optional<std::int64_t>();
  const std::int64_t seconds = json_integer_value(claim);
  if (!json_is_integer(claim) || seconds < 0 || seconds > kLastUnixS) {
    return TokenProblem{"token_malformed",
                        std::string("its ") + name + " is no whole number of seconds since 1970"};
  }
  return std::optional(seconds);
}

std::string past_skew(std::int64_t by_s, std::int64_t skew_s) {
  return std::to_string(by_s) + " s (clocks may differ by " + std::to_string(skew_s) + " s)";
}

/// `expires` is what the token says once this returned no problem.
std::optional<TokenProblem> problem_of_times(const json_t& payload, std::int64_t skew,
                                             std::int64_t now, std::int64_t& expires) {
  const auto exp = time_claim(payload, "exp");
  if (!exp) return exp.error();
  if (!exp.value()) return TokenProblem{"token_malformed", "it never expires (no exp)"};
  expires = *exp.value();
  if (now >= expires + skew) {
    return TokenProblem{"token_expired", "it expired " + past_skew(now - expires, skew) + " ago"};
  }
  for (const char* const name : {"nbf", "iat"}) {
    const auto begins = time_claim(payload, name);
    if (!begins) return begins.error();
    if (begins.value() && *begins.value() > now + skew) {
      return TokenProblem{"token_not_yet_valid", std::string("its ") + name + " is in " +
                                                     past_skew(*begins.value() - now, skew)};
    }
  }
  return std::nullopt;
}

}  // namespace

Result<Claims, TokenProblem> accepted_claims(const json_t& payload, const Issuer& issuer,
                                             std::int64_t now_unix_s) {
  Claims claims;
  claims.issuer = issuer.issuer;
  if (auto problem = problem_of_audience(payload, issuer)) return std::move(*problem);
  if (auto problem =
          problem_of_times(payload, skew_of(issuer), now_unix_s, claims.expires_unix_s)) {
    return std::move(*problem);
  }
  const bool has_subject = json_object_get(&payload, "sub") != nullptr;
  const auto subject = text_member(payload, "sub");
  if (has_subject && !subject) return TokenProblem{"token_malformed", "its sub is no string"};
  claims.subject = subject.value_or("");

  const char* name = nullptr;
  json_t* claim = nullptr;
  // The macro of jansson takes the object without const, and does not change it.
  json_object_foreach(const_cast<json_t*>(&payload), name, claim) {
    if (auto texts = texts_of(claim)) claims.texts.emplace(name, std::move(*texts));
  }
  return claims;
}

}  // namespace shmx::identity
