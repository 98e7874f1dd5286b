// A call of Subscribe: at most one message on its way.
#ifndef SHM_EXPORTER_AGENT_FEED_SUBSCRIBER_H
#define SHM_EXPORTER_AGENT_FEED_SUBSCRIBER_H

#include <grpcpp/support/server_callback.h>

#include <memory>

#include "agent/feed/call.h"

namespace shmx::feed {

class Subscriber final : public Call, public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  /// Lives until gRPC has done with the call. `calls` and `rounds` outlive that.
  static std::shared_ptr<Subscriber> begin(Calls& calls, Rounds& rounds,
                                           grpc::CallbackServerContext& context);

  bool ready() override;
  void send(const grpc::ByteBuffer& message) override;

 private:
  Subscriber(Calls& calls, Rounds& rounds) : Call(calls, rounds, Method::subscribe) {}
  void finish(const grpc::Status& status) override { Finish(status); }
  void OnWriteDone(bool ok) override;
  void OnCancel() override { cancel(); }
  void OnDone() override { done(); }

  grpc::ByteBuffer message_;  ///< guarded by mutex_
};

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_SUBSCRIBER_H
