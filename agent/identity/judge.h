// Who a reader is and what it may see, by the rules in force. The one door to this room for
// whoever serves. Thread-safe.
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
};

/// What outlives a reload: the thread that hashes passwords, the key sets and when they may be
/// asked for again.
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
  /// (authorities that are no PEM, a key set's file that is none). `resources` outlives this.
  static Result<std::shared_ptr<Judge>> make(const Policy& policy, const web::Config& config,
                                             Resources& resources);
  ~Judge();
  Judge(const Judge&) = delete;
  Judge& operator=(const Judge&) = delete;

  using Receiver = std::function<void(const Verdict&)>;

  /// `receiver` is called once: in this call where nothing has to be waited for, else on another
  /// thread. Judging the same presented again is cheap.
  void judge(const Presented& presented, Receiver receiver);

  /// The files that were read for this (JWK sets): when one changes, a new judge is due.
  std::vector<std::string> files() const;

  /// All reasons that a Refusal may have.
  static std::vector<std::string_view> reasons();

 private:
  class Impl;
  explicit Judge(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace shmx::identity

#endif  // SHM_EXPORTER_AGENT_IDENTITY_JUDGE_H
