// web-config.yml as plain values: the format that all Prometheus exporters share. agent/config
// reads it, with every file that it names; this room serves by it, agent/identity judges by it.
#ifndef SHM_EXPORTER_AGENT_WEB_CONFIG_H
#define SHM_EXPORTER_AGENT_WEB_CONFIG_H

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace shmx::web {

/// What a client must show in the handshake; the names are the format's (and Go's).
enum class ClientAuth {
  no_client_cert,
  request_client_cert,      ///< asked for, neither required nor verified
  require_any_client_cert,  ///< required, not verified
  verify_client_cert_if_given,
  require_and_verify_client_cert,
};

constexpr bool requires_certificate(ClientAuth auth) noexcept {
  return auth == ClientAuth::require_any_client_cert ||
         auth == ClientAuth::require_and_verify_client_cert;
}
constexpr bool verifies(ClientAuth auth) noexcept {
  return auth == ClientAuth::verify_client_cert_if_given ||
         auth == ClientAuth::require_and_verify_client_cert;
}

enum class TlsVersion : std::uint8_t { tls10, tls11, tls12, tls13 };

/// PEM text, and the file that it came from, for messages; no file: it was inline.
struct Pem {
  std::string text{};
  std::string file{};
};

struct TlsSettings {
  Pem certificate;  ///< a chain, the server's own first
  Pem key;          ///< not encrypted
  Pem client_authorities{};
  ClientAuth client_auth = ClientAuth::no_client_cert;
  std::vector<std::string> client_allowed_sans{};  ///< DNS, IP, email or URI, exactly; empty: any
  TlsVersion min_version = TlsVersion::tls12;
  TlsVersion max_version = TlsVersion::tls13;
  std::vector<std::string> cipher_suites{};  ///< Go's names, of TLS 1.2 and below; empty: OpenSSL's
  bool prefer_server_cipher_suites = true;
  std::vector<std::string> curve_preferences{};  ///< CurveP256, CurveP384, CurveP521, X25519

  /// Whether min_version, max_version, cipher_suites or curve_preferences were given: gRPC's
  /// credentials know none of them.
  bool restricts_handshake = false;
};

/// One request takes one of at most `burst` tokens; one comes back each `interval`.
struct RateLimit {
  std::chrono::nanoseconds interval{};
  std::size_t burst = 0;
};

struct Config {
  std::optional<TlsSettings> tls{};
  std::map<std::string, std::string> headers{};  ///< on every response, by their canonical names
  std::optional<RateLimit> rate_limit{};
  std::map<std::string, std::string> users{};  ///< basic_auth_users: bcrypt hashes by name

  /// Every file that this came from, itself first: when one changes, it is to be read again.
  std::vector<std::string> files{};
};

}  // namespace shmx::web

#endif  // SHM_EXPORTER_AGENT_WEB_CONFIG_H
