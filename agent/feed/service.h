// shmx.v1.MetricsFeed as gRPC calls it: each call is judged, and then served or refused. Messages
// go out as the bytes that the encoder made.
#ifndef SHM_EXPORTER_AGENT_FEED_SERVICE_H
#define SHM_EXPORTER_AGENT_FEED_SERVICE_H

#include <shmx/v1/metrics_feed.grpc.pb.h>

#include <memory>

#include "agent/feed/call.h"
#include "agent/feed/judgements.h"
#include "agent/feed/known_chains.h"
#include "agent/feed/limits.h"
#include "agent/feed/rounds.h"

namespace shmx::feed {

class Service final
    : public v1::MetricsFeed::WithRawCallbackMethod_Get<
          v1::MetricsFeed::WithRawCallbackMethod_Subscribe<v1::MetricsFeed::Service>> {
 public:
  /// All outlive this.
  Service(Calls& calls, Judgements& judgements, Rounds& rounds, const Limits& limits)
      : calls_(calls), judgements_(judgements), rounds_(rounds), limits_(limits) {}

 private:
  using Wanted = Result<Request, grpc::Status>;

  /// `what` is the kind of calls, if there are too many; `read` tells what is wanted. Who is
  /// refused does not learn whether that was wrong.
  template <typename Read>
  void judge(const std::shared_ptr<Call>& call, const grpc::CallbackServerContext& context,
             const char* what, Read read);
  void begin(const std::shared_ptr<Call>& call, const Wanted& wanted, Viewer viewer,
             const char* what);

  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context,
                                const grpc::ByteBuffer* request,
                                grpc::ByteBuffer* response) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* Subscribe(grpc::CallbackServerContext* context,
                                                        const grpc::ByteBuffer* request) override;

  Calls& calls_;
  Judgements& judgements_;
  Rounds& rounds_;
  const Limits& limits_;
  KnownChains chains_;
};

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_SERVICE_H
