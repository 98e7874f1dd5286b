#include "agent/identity/algorithm.h"

#include <algorithm>
#include <array>

namespace shmx::identity {
namespace {

constexpr std::array<Algorithm, 9> kAlgorithms{{
    {"RS256", KeyKind::rsa},
    {"RS384", KeyKind::rsa},
    {"RS512", KeyKind::rsa},
    {"PS256", KeyKind::rsa},
    {"PS384", KeyKind::rsa},
    {"PS512", KeyKind::rsa},
    {"ES256", KeyKind::p256},
    {"ES384", KeyKind::p384},
    {"ES512", KeyKind::p521},  // no slip: SHA-512 goes with P-521
}};

}  // namespace

const Algorithm* algorithm_named(std::string_view name) {
  const auto* const found = std::ranges::find(kAlgorithms, name, &Algorithm::name);
  return found == kAlgorithms.end() ? nullptr : found;
}

}  // namespace shmx::identity
