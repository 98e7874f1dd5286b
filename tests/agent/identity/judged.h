// What becomes of a token, as a word that a test can compare.
#ifndef SHM_EXPORTER_TESTS_AGENT_IDENTITY_JUDGED_H
#define SHM_EXPORTER_TESTS_AGENT_IDENTITY_JUDGED_H

#include <string>
#include <string_view>

#include "agent/identity/token.h"
#include "tests/agent/identity/signer.h"

namespace shmx::testing {

inline constexpr std::int64_t kNow = 1'800'000'000;
inline constexpr std::string_view kIssuer = "https://idp.example";
inline constexpr std::string_view kAudience = "shm-exporter";

/// What an honest token of that issuer says now; `more` are further members.
std::string claims(const std::string& more = "");

/// "accepted", "unknown key KID", or the reason for which it was refused. The key set is that of
/// kIssuer; the skew is 60 s.
std::string judged(std::string_view token, const std::string& key_set);

/// The same, and what the log would say.
std::string judged_in_detail(std::string_view token, const std::string& key_set);

identity::TokenResult result_of(std::string_view token, const std::string& key_set);

}  // namespace shmx::testing

#endif  // SHM_EXPORTER_TESTS_AGENT_IDENTITY_JUDGED_H
