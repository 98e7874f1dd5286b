// Whether authorities vouch for certificates. OpenSSL stays behind this header. Thread-safe.
#ifndef SHM_EXPORTER_AGENT_IDENTITY_AUTHORITIES_H
#define SHM_EXPORTER_AGENT_IDENTITY_AUTHORITIES_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/x509/names.h"
#include "shm/result.h"

namespace shmx::identity {

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
  std::optional<Problem> problem_of(const x509::Chain& chain, Purpose purpose,
                                    std::int64_t now_unix_s) const;

  /// The same; and until when: the first end of a certificate on the way to an authority, and of
  /// that authority's own. It is no longer valid then.
  Result<std::int64_t, Problem> valid_until(const x509::Chain& chain, Purpose purpose,
                                            std::int64_t now_unix_s) const;

 private:
  class Impl;
  std::shared_ptr<const Impl> impl_;
};

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_AUTHORITIES_H
