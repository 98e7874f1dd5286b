// What web-config.yml demands of a connection: TLS, a client's certificate, one that its
// authorities vouch for, one of the allowed names. The table is in judge.h.
#ifndef SHM_EXPORTER_AGENT_IDENTITY_CLIENT_CERTIFICATES_H
#define SHM_EXPORTER_AGENT_IDENTITY_CLIENT_CERTIFICATES_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/identity/verdict.h"
#include "agent/identity/verified_chains.h"
#include "agent/web/config.h"
#include "shm/result.h"

namespace shmx::identity {

/// Thread-safe.
class ClientCertificates {
 public:
  /// An error: chains are to be verified, and there are no authorities to do it with.
  static Result<ClientCertificates> make(const std::optional<web::TlsSettings>& tls);

  /// Whom the connection's certificate names; null: nobody, there is none that was verified.
  Result<VerifiedChains::Names, Refusal> judge(const Presented& presented,
                                               std::int64_t now_unix_s) const;

 private:
  std::optional<Refusal> problem_of_names(const x509::Names& names) const;

  bool tls_ = false;
  web::ClientAuth mode_ = web::ClientAuth::no_client_cert;
  std::vector<std::string> allowed_sans_;
  std::shared_ptr<VerifiedChains> chains_;  ///< null: the mode verifies none
};

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_CLIENT_CERTIFICATES_H
