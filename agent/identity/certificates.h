// Certificates: who they name, and whether authorities vouch for them. OpenSSL stays behind this
// header. Thread-safe.
#ifndef SHM_EXPORTER_AGENT_IDENTITY_CERTIFICATES_H
#define SHM_EXPORTER_AGENT_IDENTITY_CERTIFICATES_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/identity/verdict.h"
#include "shm/result.h"

namespace shmx::identity {

/// What a certificate says of its holder. Alternative names that are not printable ASCII, and a CN
/// with control characters (a NUL above all), are left out.
struct CertificateNames {
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
Result<CertificateNames> names_of(std::string_view der);

/// The certificates of a PEM text, in DER, in their order; other blocks, such as a key, are left
/// out. An error: there is none, or one is damaged.
Result<Chain> chain_of_pem(std::string_view pem);

/// Whom the other end of a connection is to be.
enum class Purpose { client, server };

/// Certificates that vouch for others. They need not be roots.
class Authorities {
 public:
  static Result<Authorities> of_pem(std::string_view pem);

  struct Problem {
    std::string reason;  ///< certificate_expired, certificate_not_yet_valid, certificate_authority,
                         ///< certificate_purpose, certificate_invalid
    std::string
        detail;  ///< names the certificate, what was expected, and by how much it was missed
  };

  /// Nothing if the chain leads to one of them and is valid at that time for that purpose.
  std::optional<Problem> problem_of(const Chain& chain, Purpose purpose,
                                    std::int64_t now_unix_s) const;

  /// The same; and until when: the first end of a certificate on the way to an authority, and of
  /// that authority's own. It is no longer valid then.
  Result<std::int64_t, Problem> valid_until(const Chain& chain, Purpose purpose,
                                            std::int64_t now_unix_s) const;

 private:
  class Impl;
  std::shared_ptr<const Impl> impl_;
};

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_CERTIFICATES_H
