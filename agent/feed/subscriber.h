// A call of Subscribe: at most one message on its way.
#ifndef SHM_EXPORTER_AGENT_FEED_SUBSCRIBER_H
#define SHM_EXPORTER_AGENT_FEED_SUBSCRIBER_H

#include <grpcpp/support/server_callback.h>

#include <memory>
#include <mutex>
#include <optional>

#include "agent/feed/calls.h"
#include "agent/feed/recipient.h"
#include "agent/feed/rounds.h"

namespace shmx::feed {

class Subscriber final : public Recipient, public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  /// Lives until gRPC has done with the call. `calls` and `rounds` outlive that.
  static std::shared_ptr<Subscriber> begin(Calls& calls, Rounds& rounds);

  /// Whether it may be served at all, see Calls.
  bool has_place() const noexcept { return has_place_; }

  bool ready() override;
  void send(const grpc::ByteBuffer& message) override;
  void fail(const grpc::Status& status) override;

 private:
  Subscriber(Calls& calls, Rounds& rounds)
      : calls_(calls), rounds_(rounds), has_place_(calls.enter(Method::subscribe)) {}
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  Calls& calls_;
  Rounds& rounds_;
  const bool has_place_;
  std::shared_ptr<Subscriber> self_;  ///< gRPC's share
  std::mutex mutex_;
  grpc::ByteBuffer message_;         // guarded by mutex_, as are:
  bool busy_ = false;                ///< gRPC has the message
  std::optional<grpc::Status> end_;  ///< with what the call ends, when it is not busy
};

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_SUBSCRIBER_H
