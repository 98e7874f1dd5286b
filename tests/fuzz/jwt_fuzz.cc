// Tokens and key sets from anybody: whatever comes in, nothing is accepted but what the issuer's
// key has signed, byte for byte, and what that says is what the rules allow.
#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/identity/token.h"
#include "tests/agent/identity/signer.h"
#include "tests/fuzz/judge.h"

namespace {

using shmx::fuzz::demand;
using shmx::identity::Claims;
using shmx::identity::Issuer;
using shmx::identity::KeySet;
using shmx::testing::Signer;

constexpr std::int64_t kNow = 1'800'000'000;
constexpr std::string_view kHeader = R"({"alg":"ES256","typ":"JWT","kid":"k"})";
constexpr std::string_view kClaims =
    R"({"iss":"https://idp.example","aud":"shm-exporter","sub":"prometheus","exp":1800000300})";

/// An issuer of this process, with a key that no corpus has seen.
struct Provider {
  const Signer signer = Signer::ec("P-256");
  const std::vector<Issuer> issuers{{"https://idp.example", "shm-exporter", "/dev/null"}};
  const std::map<std::string, KeySet> keys{
      {"https://idp.example",
       KeySet::parse(shmx::testing::key_set({signer.jwk(R"("kid":"k")")})).value()}};
  const std::string token = signer.token("ES256", kHeader, kClaims);

  bool accepts(std::string_view presented) const {
    return std::holds_alternative<Claims>(verify_token(presented, issuers, keys, kNow));
  }
};

/// Each three bytes of the edits are a place and what is put there.
std::string edited(std::string token, std::string_view edits) {
  for (; edits.size() >= 3; edits.remove_prefix(3)) {
    const auto at =
        static_cast<unsigned char>(edits[0]) * 256U + static_cast<unsigned char>(edits[1]);
    token[at % token.size()] = edits[2];
  }
  return token.append(edits);
}

/// Rightly signed, whatever it says: header and claims with a line feed between.
void judge_signed(const Provider& provider, std::string_view text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const auto claims = text.substr(std::min(end + 1, text.size()));
  const auto result = verify_token(provider.signer.token("ES256", text.substr(0, end), claims),
                                   provider.issuers, provider.keys, kNow);
  if (const auto* const told = std::get_if<Claims>(&result)) {
    demand(told->issuer == "https://idp.example", "another issuer's token is accepted");
    demand(told->expires_unix_s > kNow - 300, "an expired token is accepted");
    demand(text.find("shm-exporter") != std::string_view::npos ||
               text.find('\\') != std::string_view::npos,
           "another audience's token is accepted");
  }
}

void judge_key_set(const Provider& provider, std::string_view text) {
  auto set = KeySet::parse(text);
  if (!set) return demand(!set.error().message.empty(), "a key set is refused without a reason");
  const auto result = verify_token(provider.token, provider.issuers,
                                   {{"https://idp.example", std::move(set).value()}}, kNow);
  demand(!std::holds_alternative<Claims>(result), "a stranger's key verifies");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Provider provider;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      demand(!provider.accepts(text), "a token is accepted that nobody has signed");
      break;
    case 1:
      judge_key_set(provider, text);
      break;
    case 2: {
      const std::string other = edited(provider.token, text);
      demand(provider.accepts(other) == (other == provider.token),
             "a token is accepted that is not the one that was signed");
      break;
    }
    default:
      judge_signed(provider, text);
  }
  return 0;
}
