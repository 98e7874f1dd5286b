// A call of Get.
#ifndef SHM_EXPORTER_AGENT_FEED_GETTER_H
#define SHM_EXPORTER_AGENT_FEED_GETTER_H

#include <grpcpp/support/server_callback.h>

#include <memory>
#include <mutex>
#include <optional>

#include "agent/feed/calls.h"
#include "agent/feed/recipient.h"
#include "agent/feed/rounds.h"

namespace shmx::feed {

class Getter final : public Recipient, public grpc::ServerUnaryReactor {
 public:
  /// Lives until gRPC has done with the call. `calls` and `rounds` outlive that; `answer` is
  /// gRPC's.
  static std::shared_ptr<Getter> begin(Calls& calls, Rounds& rounds, grpc::ByteBuffer* answer);

  /// Whether it may be served at all, see Calls.
  bool has_place() const noexcept { return has_place_; }

  bool ready() override { return true; }
  void send(const grpc::ByteBuffer& message) override;
  void fail(const grpc::Status& status) override;

 private:
  Getter(Calls& calls, Rounds& rounds, grpc::ByteBuffer* answer)
      : calls_(calls), rounds_(rounds), has_place_(calls.enter(Method::get)), answer_(answer) {}
  void OnCancel() override;
  void OnDone() override;

  Calls& calls_;
  Rounds& rounds_;
  const bool has_place_;
  std::shared_ptr<Getter> self_;  ///< gRPC's share
  std::mutex mutex_;
  grpc::ByteBuffer* const answer_;  // guarded by mutex_ until there is an end, as is:
  std::optional<grpc::StatusCode> end_;
};

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_GETTER_H
