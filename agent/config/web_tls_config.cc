// tls_server_config of web-config.yml.
#include <array>
#include <filesystem>
#include <optional>

#include "agent/config/pem.h"
#include "agent/config/web_config_reading.h"

namespace shmx::config {
namespace {

using web::ClientAuth;
using web::TlsVersion;

/// A text in PEM as one of two keys gives it, and which.
struct GivenPem {
  std::optional<Entry> entry{};
  web::Pem pem{};

  YAML::Mark mark() const { return entry->mark(); }
  /// "cert", or "cert_file /etc/a.pem".
  std::string called() const { return entry->key + (pem.file.empty() ? "" : " " + pem.file); }
};

struct TlsReading {
  WebConfigReading& all;
  web::TlsSettings tls{};
  GivenPem certificate{};
  GivenPem key{};
  GivenPem authorities{};
  std::optional<Entry> sans{};
  std::optional<Entry> version{};  ///< max_version, or min_version alone
  std::optional<Entry> ciphers{};
};

constexpr Choice<ClientAuth> kClientAuths[] = {
    {"NoClientCert", ClientAuth::no_client_cert},
    {"RequestClientCert", ClientAuth::request_client_cert},
    {"RequireAnyClientCert", ClientAuth::require_any_client_cert},
    {"VerifyClientCertIfGiven", ClientAuth::verify_client_cert_if_given},
    {"RequireAndVerifyClientCert", ClientAuth::require_and_verify_client_cert},
    {"", ClientAuth::no_client_cert},
};

constexpr Choice<TlsVersion> kVersions[] = {{"TLS10", TlsVersion::tls10},
                                            {"TLS11", TlsVersion::tls11},
                                            {"TLS12", TlsVersion::tls12},
                                            {"TLS13", TlsVersion::tls13}};

constexpr Choice<bool> kCurves[] = {
    {"CurveP256", true}, {"CurveP384", true}, {"CurveP521", true}, {"X25519", true}};

/// Go's tls.CipherSuites(), which the format is bound to: those that Go holds for secure, with
/// those of RSA's key exchange, which Go 1.22 took out. False: of TLS 1.3, of which Go always
/// offers all.
constexpr Choice<bool> kCiphers[] = {
    {"TLS_AES_128_GCM_SHA256", false},
    {"TLS_AES_256_GCM_SHA384", false},
    {"TLS_CHACHA20_POLY1305_SHA256", false},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", true},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", true},
    {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", true},
    {"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", true},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", true},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", true},
    {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", true},
    {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", true},
    {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", true},
    {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", true},
    {"TLS_RSA_WITH_AES_128_CBC_SHA", true},
    {"TLS_RSA_WITH_AES_256_CBC_SHA", true},
    {"TLS_RSA_WITH_AES_128_GCM_SHA256", true},
    {"TLS_RSA_WITH_AES_256_GCM_SHA384", true},
};

/// Empty is as good as not set, as for Go. False then.
bool begin_pem(const Entry& entry, GivenPem& given) {
  if (text_in(entry).empty()) {
    return false;
  }
  if (given.entry) {
    throw Mistake{entry.key_mark,
                  "expected " + given.entry->key + " or " + entry.key + ", found both"};
  }
  given.entry = entry;
  return true;
}

void take_text(const Entry& entry, GivenPem& given) {
  if (begin_pem(entry, given)) {
    given.pem.text = entry.value.Scalar();
  }
}

void take_file(const Entry& entry, WebConfigReading& all, GivenPem& given) {
  if (!begin_pem(entry, given)) {
    return;
  }
  given.pem.file = (std::filesystem::path(all.directory) / name_in(entry)).string();
  all.config.files.push_back(given.pem.file);
  auto text = all.read_file(given.pem.file);
  if (!text) {
    throw Mistake{entry.mark(), "expected a file that can be read for " + entry.key +
                                    ", found: " + text.error().message};
  }
  given.pem.text = std::move(text).value();
}

ClientAuth client_auth_in(const Entry& entry) {
  // What the mode was called once: the exporters still take it.
  const bool is_old_name = text_in(entry) == "RequireClientCert";
  return is_old_name ? ClientAuth::require_any_client_cert : choice_in(entry, kClientAuths);
}

void take_version(const Entry& entry, TlsReading& reading, TlsVersion& version) {
  version = choice_in(entry, kVersions);
  reading.version = entry;
  reading.tls.restricts_handshake = true;
}

void take_ciphers(const Entry& list, TlsReading& reading) {
  for (const Entry& entry : elements_of(list)) {
    if (choice_in(entry, kCiphers)) {
      reading.tls.cipher_suites.push_back(entry.value.Scalar());
    }
    reading.ciphers = list;
  }
  reading.tls.restricts_handshake = true;
}

void take_curves(const Entry& list, TlsReading& reading) {
  for (const Entry& entry : elements_of(list)) {
    choice_in(entry, kCurves);
    reading.tls.curve_preferences.push_back(entry.value.Scalar());
  }
  reading.tls.restricts_handshake = true;
}

constexpr Field<TlsReading> kFields[] = {
    {"cert_file", [](const Entry& e, TlsReading& r) { take_file(e, r.all, r.certificate); }},
    {"cert", [](const Entry& e, TlsReading& r) { take_text(e, r.certificate); }},
    {"key_file", [](const Entry& e, TlsReading& r) { take_file(e, r.all, r.key); }},
    {"key", [](const Entry& e, TlsReading& r) { take_text(e, r.key); }},
    {"client_ca_file", [](const Entry& e, TlsReading& r) { take_file(e, r.all, r.authorities); }},
    {"client_ca", [](const Entry& e, TlsReading& r) { take_text(e, r.authorities); }},
    {"client_auth_type",
     [](const Entry& e, TlsReading& r) { r.tls.client_auth = client_auth_in(e); }},
    {"client_allowed_sans",
     [](const Entry& e, TlsReading& r) {
       r.sans = e;
       r.tls.client_allowed_sans = names_in(e);
     }},
    {"min_version", [](const Entry& e, TlsReading& r) { take_version(e, r, r.tls.min_version); }},
    {"max_version", [](const Entry& e, TlsReading& r) { take_version(e, r, r.tls.max_version); }},
    {"cipher_suites", take_ciphers},
    {"prefer_server_cipher_suites",
     [](const Entry& e, TlsReading& r) { r.tls.prefer_server_cipher_suites = boolean_in(e); }},
    {"curve_preferences", take_curves},
};

void expect(const std::optional<std::string>& problem, const GivenPem& given) {
  if (problem) {
    throw Mistake{given.mark(), "expected " + *problem + ", for " + given.called()};
  }
}

void check_own(const Entry& map, const TlsReading& reading) {
  if (!reading.certificate.entry) {
    throw Mistake{
        map.mark(),
        "expected cert_file or cert in tls_server_config; without tls_server_config there "
        "is no TLS"};
  }
  if (!reading.key.entry) {
    throw Mistake{map.mark(), "expected key_file or key in tls_server_config"};
  }
  expect(problem_of_certificates(reading.certificate.pem.text), reading.certificate);
  expect(problem_of_key(reading.key.pem.text), reading.key);
  expect(problem_of_pair(reading.certificate.pem.text, reading.key.pem.text), reading.key);
}

/// As the exporters have it, but that a mode which verifies needs authorities of its own: Go would
/// take the system's, which vouch for anybody.
void check_clients(const Entry& map, const TlsReading& reading) {
  const ClientAuth mode = reading.tls.client_auth;
  if (reading.authorities.entry) {
    expect(problem_of_certificates(reading.authorities.pem.text), reading.authorities);
    if (mode == ClientAuth::no_client_cert) {
      throw Mistake{reading.authorities.mark(),
                    "expected client_auth_type (RequireAndVerifyClientCert, say) beside " +
                        reading.authorities.entry->key};
    }
  } else if (verifies(mode)) {
    throw Mistake{map.mark(),
                  "expected client_ca_file or client_ca for a client_auth_type that verifies"};
  }
  if (reading.sans && !requires_certificate(mode)) {
    throw Mistake{reading.sans->key_mark,
                  "expected client_auth_type RequireAnyClientCert or RequireAndVerifyClientCert "
                  "beside client_allowed_sans"};
  }
  if (reading.sans && reading.tls.client_allowed_sans.empty()) {
    throw Mistake{reading.sans->mark(), "expected at least one name for client_allowed_sans"};
  }
}

void check_handshake(const TlsReading& reading) {
  if (reading.tls.min_version > reading.tls.max_version) {
    throw Mistake{reading.version->mark(),
                  "expected a min_version (TLS12 if it is not set) that is not above max_version "
                  "(TLS13 if it is not set)"};
  }
  if (reading.ciphers && reading.tls.cipher_suites.empty() &&
      reading.tls.min_version < TlsVersion::tls13) {
    throw Mistake{reading.ciphers->mark(),
                  "expected a cipher suite of TLS 1.2 or below for cipher_suites (those of TLS 1.3 "
                  "are always offered), or min_version: TLS13"};
  }
}

}  // namespace

void read_web_tls(const Entry& tls, WebConfigReading& reading) {
  TlsReading own{reading};
  if (!tls.value.IsNull()) {
    read_fields(tls, "settings of tls_server_config", kFields, own);
  }
  check_own(tls, own);
  check_clients(tls, own);
  check_handshake(own);
  own.tls.certificate = std::move(own.certificate.pem);
  own.tls.key = std::move(own.key.pem);
  own.tls.client_authorities = std::move(own.authorities.pem);
  reading.config.tls = std::move(own.tls);
}

}  // namespace shmx::config
