// What the judge says of clients, as long as somebody is there to be told.
#ifndef SHM_EXPORTER_AGENT_FEED_JUDGEMENTS_H
#define SHM_EXPORTER_AGENT_FEED_JUDGEMENTS_H

#include <grpcpp/support/status.h>

#include <functional>
#include <memory>

#include "agent/feed/server.h"

namespace shmx::feed {

/// Thread-safe.
class Judgements {
 public:
  using Receiver = std::function<void(const identity::Verdict&)>;

  /// `hooks` outlives this.
  explicit Judgements(const Hooks& hooks);

  /// As close().
  ~Judgements();
  Judgements(const Judgements&) = delete;
  Judgements& operator=(const Judgements&) = delete;

  /// `receiver` is called once, in this call or later on another thread, unless this closes before.
  /// It throws nothing, and asks for no judgement.
  void judge(const identity::Presented& presented, Receiver receiver);

  /// From now on no receiver is called; returns when none is running.
  void close();

 private:
  struct Gate;
  const Hooks& hooks_;
  const std::shared_ptr<Gate> gate_;  ///< verdicts come through it, after the end, too
};

/// What the client is told: not why.
grpc::Status status_of(const identity::Refusal& refusal);

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_JUDGEMENTS_H
