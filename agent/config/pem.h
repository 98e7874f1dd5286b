// Whether PEM texts are what they are said to be, told before anybody serves with them. OpenSSL
// stays behind this header. Thread-safe; no I/O.
#ifndef SHM_EXPORTER_AGENT_CONFIG_PEM_H
#define SHM_EXPORTER_AGENT_CONFIG_PEM_H

#include <optional>
#include <string>
#include <string_view>

namespace shmx::config {

// What was expected comes back where a text is something else: "certificates in PEM", without any
// of the text. Text around and between the blocks is left alone, as everywhere.

/// One certificate at least, and none that is damaged.
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
