#include "agent/web/tls_names.h"

#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace shmx::web {
namespace {

/// What Go's tls.CipherSuites() has for TLS 1.2 and below: those without known weaknesses. Their
/// names are IANA's, which OpenSSL translates.
constexpr std::array<const char*, 14> kSuites = {
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
};

constexpr std::array<const char*, 3> kSuitesOfTls13 = {
    "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"};

struct Curve {
  const char* go;
  const char* openssl;
};
constexpr std::array<Curve, 4> kCurves = {
    {{"CurveP256", "P-256"}, {"CurveP384", "P-384"}, {"CurveP521", "P-521"}, {"X25519", "X25519"}}};

void append(std::string& list, std::string_view separator, std::string_view word) {
  if (!list.empty()) list += separator;
  list += word;
}

template <typename Names>
bool has(const Names& names, const std::string& name) {
  return std::ranges::find(names, std::string_view(name)) != names.end();
}

std::string unknown(std::string_view what, std::string_view name, std::string_view known) {
  std::string sentence(what);
  return sentence.append(" \"").append(name).append("\"; write one of ").append(known);
}

}  // namespace

Result<std::string> cipher_list(const std::vector<std::string>& go_names) {
  std::string list;
  for (const auto& name : go_names) {
    if (has(kSuitesOfTls13, name)) continue;
    if (!has(kSuites, name)) {
      std::string known;
      for (const auto* suite : kSuites) append(known, ", ", suite);
      for (const auto* suite : kSuitesOfTls13) append(known, ", ", suite);
      return Error{unknown("cipher_suites: unknown cipher suite", name, known)};
    }
    append(list, ":", OPENSSL_cipher_name(name.c_str()));
  }
  return list;
}

Result<std::string> group_list(const std::vector<std::string>& go_names) {
  std::string list;
  for (const auto& name : go_names) {
    const auto* const curve =
        std::ranges::find_if(kCurves, [&](const Curve& one) { return name == one.go; });
    if (curve == kCurves.end()) {
      std::string known;
      for (const auto& one : kCurves) append(known, ", ", one.go);
      return Error{unknown("curve_preferences: unknown curve", name, known)};
    }
    append(list, ":", curve->openssl);
  }
  return list;
}

int protocol_version(TlsVersion version) {
  constexpr std::array<int, 4> kVersions = {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION,
                                            TLS1_3_VERSION};
  return kVersions.at(static_cast<std::size_t>(version));
}

}  // namespace shmx::web
