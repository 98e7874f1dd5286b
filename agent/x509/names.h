// Certificates as plain values: whom they name, and when they are valid. OpenSSL stays behind this
// header. Thread-safe.
#ifndef SHM_EXPORTER_AGENT_X509_NAMES_H
#define SHM_EXPORTER_AGENT_X509_NAMES_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shm/result.h"

namespace shmx::x509 {

/// Certificates in DER, the holder's own first.
using Chain = std::vector<std::string>;

/// What a certificate says of its holder. Alternative names that are not printable ASCII, and a CN
/// with control characters (a NUL above all), are left out.
struct Names {
  std::vector<std::string> uris{};
  std::vector<std::string> dns{};
  std::vector<std::string> emails{};
  std::vector<std::string> addresses{};  ///< IP, as inet_ntop(3) writes them
  std::string common_name{};             ///< the last CN of the subject; empty: none
  std::string subject{};                 ///< as RFC 4514 writes it
  std::string issuer{};
  std::int64_t not_before_unix_s = 0;
  std::int64_t not_after_unix_s = 0;
};

/// Of a certificate in DER.
Result<Names> names_of(std::string_view der);

/// All its SANs, DNS names first.
std::vector<std::string> alternatives(const Names& names);

/// The certificates of a PEM text, in their order; other blocks, such as a key, are left out. An
/// error: there is none, or one is damaged.
Result<Chain> chain_of_pem(std::string_view pem);

/// The same, and what each of them says.
Result<std::vector<Names>> names_of_pem(std::string_view pem);

}  // namespace shmx::x509

#endif  // SHM_EXPORTER_AGENT_X509_NAMES_H
