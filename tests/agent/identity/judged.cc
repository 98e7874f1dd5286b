#include "tests/agent/identity/judged.h"

#include <stdexcept>

namespace shmx::testing {

std::string claims(const std::string& more) {
  return R"({"iss":")" + std::string(kIssuer) + R"(","aud":")" + std::string(kAudience) +
         R"(","sub":"prometheus","exp":)" + std::to_string(kNow + 300) + (more.empty() ? "" : ",") +
         more + "}";
}

identity::TokenResult result_of(std::string_view token, const std::string& key_set) {
  auto set = identity::KeySet::parse(key_set);
  if (!set) throw std::runtime_error(set.error().message);
  return identity::verify_token(token,
                                {{std::string(kIssuer), std::string(kAudience), "/dev/null"}},
                                {{std::string(kIssuer), std::move(set).value()}}, kNow);
}

std::string judged_in_detail(std::string_view token, const std::string& key_set) {
  const auto result = result_of(token, key_set);
  if (const auto* const problem = std::get_if<identity::TokenProblem>(&result)) {
    return problem->reason + ": " + problem->detail;
  }
  if (const auto* const unknown = std::get_if<identity::UnknownKey>(&result)) {
    return "unknown key " + unknown->kid;
  }
  return "accepted";
}

std::string judged(std::string_view token, const std::string& key_set) {
  const auto text = judged_in_detail(token, key_set);
  return text.starts_with("token_") ? text.substr(0, text.find(':')) : text;
}

}  // namespace shmx::testing
