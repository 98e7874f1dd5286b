// Whether PEM texts are what they are said to be, told before anybody serves with them. OpenSSL
// stays behind this header. Thread-safe; no I/O.
#ifndef SHM_EXPORTER_AGENT_CONFIG_PEM_H
#define SHM_EXPORTER_AGENT_CONFIG_PEM_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shm/result.h"

namespace shmx::config {

struct CertificateTimes {
  std::string subject;  ///< as RFC 4514 writes it
  std::int64_t not_before_unix_s = 0;
  std::int64_t not_after_unix_s = 0;
};

// What was expected comes back where a text is something else: "certificates in PEM", without any
// of the text. Text around and between the blocks is left alone, as everywhere.

/// All certificates of a text, in its order: one at least.
Result<std::vector<CertificateTimes>> certificates_in(std::string_view pem);

std::optional<std::string> problem_of_certificates(std::string_view pem);

/// A private key without a passphrase.
std::optional<std::string> problem_of_key(std::string_view pem);

/// Whether a server can serve with a chain and a key that are both good: that they belong together,
/// and are as strong as OpenSSL wants them to be.
std::optional<std::string> problem_of_pair(std::string_view chain_pem, std::string_view key_pem);

/// An Ed25519 private key without a passphrase.
std::optional<std::string> problem_of_signing_key(std::string_view pem);

}  // namespace shmx::config

#endif  // SHM_EXPORTER_AGENT_CONFIG_PEM_H
