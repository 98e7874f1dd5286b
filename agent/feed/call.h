// What Get and Subscribe have in common: how a call begins, waits to be judged, and ends.
#ifndef SHM_EXPORTER_AGENT_FEED_CALL_H
#define SHM_EXPORTER_AGENT_FEED_CALL_H

#include <grpcpp/server_context.h>

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "agent/feed/calls.h"
#include "agent/feed/recipient.h"
#include "agent/feed/rounds.h"

namespace shmx::feed {

/// Thread-safe.
class Call : public Recipient {
 public:
  /// Whether it may be served at all, see Calls; false, too, if it has ended.
  bool take_place();

  bool ended() final;
  void fail(const grpc::Status& status) final;
  void cut() final;

 protected:
  /// `calls` and `rounds` outlive what gRPC has to do with the call.
  Call(Calls& calls, Rounds& rounds, Method method);

  /// gRPC has its share of it from now until done(), and so long there is the context.
  void begin(std::shared_ptr<Call> self, grpc::CallbackServerContext& context) {
    self_ = std::move(self);
    context_ = &context;
  }

  /// gRPC's OnCancel.
  void cancel();

  /// gRPC's OnDone; this may be gone afterwards.
  void done();

  // Under mutex_:
  void end(const grpc::Status& status);  ///< with it, as soon as gRPC has sent what it has
  void sent();                           ///< it has
  std::mutex mutex_;
  bool busy_ = false;                ///< gRPC has a message
  std::optional<grpc::Status> end_;  ///< with what the call ends; the first counts

 private:
  /// gRPC's Finish.
  virtual void finish(const grpc::Status& status) = 0;

  Calls& calls_;
  Rounds& rounds_;
  const Method method_;
  bool has_place_ = false;                          ///< guarded by mutex_, as is:
  grpc::CallbackServerContext* context_ = nullptr;  ///< null when gRPC has done
  std::shared_ptr<Call> self_;
};

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_CALL_H
