// What decides who gets in and sees what: web-config.yml, the policy of shm-exporter.yml, and every
// file that these name, read together and replaced together. Thread-safe.
//
// The files are looked at whenever a connection or a request is to be judged by them (see
// agent/files/watched.h): a change is in force for whoever comes after it, without a restart and
// without a connection less. What is broken leaves all as it was, with a log line and a metric.
#ifndef SHM_EXPORTER_AGENT_MAIN_ACCESS_H
#define SHM_EXPORTER_AGENT_MAIN_ACCESS_H

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agent/config/settings.h"
#include "agent/files/watched.h"
#include "agent/identity/judge.h"
#include "agent/identity/verdict.h"
#include "agent/web/config.h"
#include "agent/web/front.h"
#include "shm/result.h"

namespace shmx {

/// A certificate that the agent presents, or trusts.
struct CertificateInUse {
  std::string file;  ///< empty: it stands in web-config.yml
  std::string subject;
  std::int64_t not_after_unix_s = 0;
};

struct InForce {
  config::Settings settings{};
  web::Config web{};
  std::shared_ptr<const web::Front> front{};
  std::shared_ptr<identity::Judge> judge{};
  std::string service_authorities{};  ///< PEM, of service_identities
  std::vector<CertificateInUse> certificates{};
  std::string digest{};  ///< SHA-256 of the configuration's files, hexadecimal
};

struct AccessFiles {
  std::string config{};      ///< of --config.file; empty: none
  std::string web_config{};  ///< of --web.config.file; empty: none
};

struct AccessHooks {
  std::function<std::int64_t()> now_unix_ns;
  std::uint32_t own_uid = 0;
  /// What is wrong with the two together, and with the flags; `web` is null without such a file.
  std::function<std::optional<Error>(const identity::Policy&, const web::Config* web)> check;
  std::function<void(const std::string&)> warn;  ///< one sentence for an operator; any thread
  /// After an attempt to replace what was in force, by whatever thread: what is in force, and why
  /// the attempt failed (once per problem) or nothing. Must not call back.
  std::function<void(const InForce&, const std::string& problem)> on_reload;
  /// A reader was refused, at this door.
  std::function<void(const std::string& door, const identity::Presented&, const identity::Refusal&)>
      on_refusal;
};

class Access {
 public:
  /// An error is for whoever starts the agent: which file, which line, what was expected.
  static Result<std::unique_ptr<Access>> open(AccessFiles files, AccessHooks hooks);

  /// Further PEM files whose certificates are in use, by whoever reads them: their expiry is shown.
  /// Reads everything again; an error as of open().
  Result<bool> watch_certificates(std::vector<std::string> paths);

  Access(const Access&) = delete;
  Access& operator=(const Access&) = delete;
  ~Access() = default;

  /// What is in force now, files that have changed considered. Costs microseconds, or, after a
  /// change, what reading takes.
  std::shared_ptr<const InForce> refresh();

  /// The same without a look at the files.
  std::shared_ptr<const InForce> in_force() const;

  /// Reads everything again, changed or not (SIGHUP, /-/reload). An error leaves all as it was.
  Result<bool> reload();

  /// Who this is and what it may see, by what is in force now. `receiver` is called once: in this
  /// call, or later on another thread. `door`: "http" or "grpc".
  void judge(const std::string& door, const identity::Presented& presented,
             identity::Judge::Receiver receiver);

 private:
  Access(AccessFiles files, AccessHooks hooks);
  Result<std::shared_ptr<const InForce>> read() const;
  Result<bool> replace();
  Result<bool> replace_and_tell(bool asked);
  std::optional<Error> problem_of_change(const InForce& before, const InForce& after) const;
  std::vector<std::string> files_of(const InForce& in_force) const;

  const AccessFiles files_;
  const AccessHooks hooks_;
  mutable std::mutex mutex_;
  std::shared_ptr<const InForce> in_force_;  // guarded by mutex_, as are:
  std::vector<std::string> certificate_files_;
  files::Watched watched_;
  std::string problem_;             ///< of the last attempt; empty: it went well
  std::int64_t tried_unix_ns_ = 0;  ///< when that was
  /// Last: whoever waits at its end for a password is answered, by what is above.
  mutable identity::Resources resources_;
};

}  // namespace shmx

#endif  // SHM_EXPORTER_AGENT_MAIN_ACCESS_H
