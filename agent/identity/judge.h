// Who a reader is and what it may see, by the rules in force. The one door to this room for
// whoever serves. Thread-safe.
//
// First, at every judgement, the connection must be as web-config.yml demands: a certificate that
// was good in the handshake may have expired since, its authority may have been removed.
//
//   client_auth_type             without a chain       with a chain
//   NoClientCert                 goes on               goes on; it names nobody
//   RequestClientCert            goes on               client_allowed_sans; it names nobody
//   RequireAnyClientCert         certificate_missing   client_allowed_sans; it names nobody
//   VerifyClientCertIfGiven      goes on               verified, client_allowed_sans; names its
//   holder RequireAndVerifyClientCert   certificate_missing   verified, client_allowed_sans; names
//   its holder
//
// A connection without TLS: tls_required where tls_server_config is there. Nothing of this is asked
// of the peer of a unix socket, which has no TLS. What fails here is refused, whatever else is
// presented.
//
// Then, who it is and what it sees. "Limits" are those of Policy::limits_readers().
//
//   limits  users  presented                sees
//   no      no     anything                 everything
//   no      yes    over a unix socket       everything: the file's mode decides who reaches it
//   no      yes    Basic                    everything, or 401
//   no      yes    anything else            401: as Prometheus exporters do
//   yes     any    Authorization: Basic     what the user's rules show, 403 without one; 401
//   yes     any    Authorization: Bearer    what rules for its claims show, 403 without one; 401
//   yes     any    Authorization: another   401
//   yes     any    else a verified chain    what rules for its names show, 403 without one
//   yes     any    else uid 0 or own_uid    everything: they can read the segments anyway
//   yes     any    else another uid         what its rules show; without one, as without anything
//                                           if `anonymous` is there, else 403
//   yes     any    nothing                  what `anonymous` shows, else 401
//
// Only the first that is presented counts: a bad password is not mended by a good certificate.
#ifndef SHM_EXPORTER_AGENT_IDENTITY_JUDGE_H
#define SHM_EXPORTER_AGENT_IDENTITY_JUDGE_H

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/identity/policy.h"
#include "agent/identity/verdict.h"
#include "agent/web/config.h"
#include "shm/result.h"

namespace shmx::identity {

struct Hooks {
  std::function<std::int64_t()> now_unix_s;
  std::function<void(const std::string&)> warn;  ///< on any thread
  std::uint32_t own_uid = 0;                     ///< the agent's, which is an operator's
};

/// What outlives a reload: the thread that hashes passwords, the key sets and when they may be
/// asked for again. At its end, receivers that still wait for a password are told busy, and those
/// that wait for keys nothing any more.
class Resources {
 public:
  explicit Resources(Hooks hooks);
  ~Resources();
  Resources(const Resources&) = delete;
  Resources& operator=(const Resources&) = delete;

 private:
  friend class Judge;
  class Impl;
  std::shared_ptr<Impl> impl_;
};

class Judge {
 public:
  /// What has been judged so far (passwords that were right, chains that were verified) is
  /// forgotten with the judge: a reload makes a new one. An error names what cannot be judged by
  /// (authorities that are no PEM, a hash that is none of bcrypt, a key set's file that is none);
  /// the judge before it is as good as it was. `resources` outlives this.
  static Result<std::shared_ptr<Judge>> make(const Policy& policy, const web::Config& config,
                                             Resources& resources);

  /// To be called before it judges: the key sets are its own from now on, and no more those of the
  /// judge before it.
  void take_effect();

  ~Judge();
  Judge(const Judge&) = delete;
  Judge& operator=(const Judge&) = delete;

  using Receiver = std::function<void(const Verdict&)>;

  /// `receiver` is called once: in this call where nothing has to be waited for, else on another
  /// thread. Judging the same presented again is cheap.
  void judge(const Presented& presented, const Receiver& receiver);

  /// The files that were read for this (JWK sets): when one changes, a new judge is due.
  std::vector<std::string> files() const;

  /// All reasons that a Refusal may have: the values of a metric's label.
  static std::vector<std::string_view> reasons();

 private:
  class Impl;
  explicit Judge(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;  ///< shared with what is being judged
};

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_JUDGE_H
