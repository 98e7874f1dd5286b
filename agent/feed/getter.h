// A call of Get.
#ifndef SHM_EXPORTER_AGENT_FEED_GETTER_H
#define SHM_EXPORTER_AGENT_FEED_GETTER_H

#include <grpcpp/support/server_callback.h>

#include <memory>

#include "agent/feed/call.h"

namespace shmx::feed {

class Getter final : public Call, public grpc::ServerUnaryReactor {
 public:
  /// Lives until gRPC has done with the call. `calls` and `rounds` outlive that; `answer` is
  /// gRPC's.
  static std::shared_ptr<Getter> begin(Calls& calls, Rounds& rounds,
                                       grpc::CallbackServerContext& context,
                                       grpc::ByteBuffer* answer);

  bool ready() override { return true; }
  void send(const grpc::ByteBuffer& message) override;

 private:
  Getter(Calls& calls, Rounds& rounds, grpc::ByteBuffer* answer)
      : Call(calls, rounds, Method::get), answer_(answer) {}
  void finish(const grpc::Status& status) override { Finish(status); }
  void OnCancel() override { cancel(); }
  void OnDone() override { done(); }

  grpc::ByteBuffer* const answer_;  ///< guarded by mutex_ until there is an end
};

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_GETTER_H
