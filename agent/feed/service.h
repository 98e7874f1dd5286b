// shmx.v1.MetricsFeed as gRPC calls it. Messages go out as the bytes that the encoder made.
#ifndef SHM_EXPORTER_AGENT_FEED_SERVICE_H
#define SHM_EXPORTER_AGENT_FEED_SERVICE_H

#include <shmx/v1/metrics_feed.grpc.pb.h>

#include <memory>

#include "agent/feed/calls.h"
#include "agent/feed/limits.h"
#include "agent/feed/rounds.h"

namespace shmx::feed {

class Service final
    : public v1::MetricsFeed::WithRawCallbackMethod_Get<
          v1::MetricsFeed::WithRawCallbackMethod_Subscribe<v1::MetricsFeed::Service>> {
 public:
  /// All outlive this.
  Service(Calls& calls, Rounds& rounds, const Limits& limits)
      : calls_(calls), rounds_(rounds), limits_(limits) {}

 private:
  /// `read` tells what is wanted; `what` is the kind of calls, if there are too many.
  template <typename Call, typename Read>
  void begin(const std::shared_ptr<Call>& call, const char* what, Read read);

  grpc::ServerUnaryReactor* Get(grpc::CallbackServerContext* context,
                                const grpc::ByteBuffer* request,
                                grpc::ByteBuffer* response) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* Subscribe(grpc::CallbackServerContext* context,
                                                        const grpc::ByteBuffer* request) override;

  Calls& calls_;
  Rounds& rounds_;
  const Limits& limits_;
};

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_AGENT_FEED_SERVICE_H
