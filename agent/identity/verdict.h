// What a reader presents, and what comes of it. Plain values between the doors (HTTP, gRPC) and the
// judge.
#ifndef SHM_EXPORTER_AGENT_IDENTITY_VERDICT_H
#define SHM_EXPORTER_AGENT_IDENTITY_VERDICT_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/model/scope.h"
#include "agent/x509/names.h"

namespace shmx::identity {

/// Kept by a stream for as long as it lives: it is judged again at each snapshot.
struct Presented {
  std::string peer;                            ///< its address, for the log
  bool tls = false;                            ///< over a connection of ours with TLS
  std::optional<std::uint32_t> uid{};          ///< of a unix socket's peer, as the kernel says
  std::shared_ptr<const x509::Chain> chain{};  ///< as in the handshake; null: it presented none
  std::string authorization{};                 ///< the header Authorization; empty: none
};

struct Reader {
  std::string name;  ///< for the audit: "spiffe://…", "uri:…", "dns:…", "cn:…", "subject:…",
                     ///< "user:…", "uid:…", "token:ISSUER#SUBJECT", "anonymous"
  model::Scope scope;
};

struct Refusal {
  enum class Kind {
    unauthenticated,  ///< 401, UNAUTHENTICATED
    forbidden,        ///< 403, PERMISSION_DENIED: known, but no tenant's reader
    busy,             ///< 503, UNAVAILABLE: too many passwords are being checked, or no keys yet
  };
  Kind kind = Kind::unauthenticated;
  std::string reason;  ///< a word of a fixed set, such as token_expired: a metric's label
  std::string
      detail;  ///< which check failed, expected and presented; for the log, not for the peer
};

using Verdict = std::variant<Reader, Refusal>;

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_VERDICT_H
