#include "agent/identity/signed_token.h"

#include <jansson.h>

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

#include "agent/identity/base64url.h"
#include "agent/identity/quoted.h"

namespace shmx::identity {
namespace {

constexpr std::size_t kParts = 3;
constexpr std::size_t kEncryptedParts = 5;  // RFC 7516

TokenProblem malformed(std::string detail) {
  return {"token_malformed", std::move(detail)};
}

std::vector<std::string_view> parts_of(std::string_view token) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  for (std::size_t dot = token.find('.'); dot != std::string_view::npos;
       dot = token.find('.', begin)) {
    parts.push_back(token.substr(begin, dot - begin));
    begin = dot + 1;
  }
  parts.push_back(token.substr(begin));
  return parts;
}

/// Media types are compared without regard to case, and `application/` may be left out (RFC 7515,
/// section 4.1.9).
bool is_token_type(std::string type) {
  std::ranges::transform(type, type.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::string_view kApplication = "application/";
  if (type.starts_with(kApplication)) type.erase(0, kApplication.size());
  return type == "jwt" || type == "at+jwt";  // RFC 7519, section 5.1; RFC 9068, section 2.1
}

std::optional<TokenProblem> problem_of_type(const json_t& header) {
  if (json_object_get(&header, "crit") != nullptr) {
    return malformed("its header has crit, and no extension is known here");
  }
  if (json_object_get(&header, "enc") != nullptr) return malformed("it is encrypted");
  if (json_object_get(&header, "cty") != nullptr) return malformed("it holds another token (cty)");
  if (json_object_get(&header, "typ") == nullptr) return std::nullopt;
  const auto type = text_member(header, "typ");
  if (type && is_token_type(*type)) return std::nullopt;
  return malformed("its typ is " + (type ? in_quotes(*type) : "no string") +
                   "; JWT and at+jwt are accepted");
}

std::optional<TokenProblem> take_header(const json_t& header, SignedToken& token) {
  if (auto problem = problem_of_type(header)) return problem;
  const auto name = text_member(header, "alg");
  if (!name) return TokenProblem{"token_algorithm", "its header names no algorithm"};
  token.algorithm = algorithm_named(*name);
  if (token.algorithm == nullptr) {
    return TokenProblem{"token_algorithm", "its algorithm is " + in_quotes(*name) +
                                               "; RS, PS and ES with 256, 384 or 512 are accepted"};
  }
  token.kid = text_member(header, "kid");
  if (!token.kid && json_object_get(&header, "kid") != nullptr) {
    return malformed("its kid is no string");
  }
  return std::nullopt;
}

}  // namespace

Result<SignedToken, TokenProblem> take_apart(std::string_view token) {
  if (token.size() > kMaxTokenBytes) return malformed("it has more than 16 KiB");
  const auto parts = parts_of(token);
  if (parts.size() == kEncryptedParts) return malformed("it is encrypted (5 parts)");
  if (parts.size() != kParts) return malformed("it has not 3 parts with dots between");
  const auto header = decode_base64url(parts[0]);
  const auto payload = decode_base64url(parts[1]);
  const auto signature = decode_base64url(parts[2]);
  if (!header || !payload || !signature) return malformed("a part of it is no base64url");
  auto head = parse_json_object(*header);
  if (!head) return malformed("its header: " + head.error().message);

  SignedToken apart;
  if (auto problem = take_header(**head, apart)) return std::move(*problem);
  auto claims = parse_json_object(*payload);
  if (!claims) return malformed("its claims: " + claims.error().message);
  apart.payload = std::move(claims).value();
  apart.signature_bytes = signature->size();
  return apart;
}

}  // namespace shmx::identity
