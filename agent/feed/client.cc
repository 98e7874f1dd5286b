// Subscribes, reads, and says in words why there is nothing to read.
#include "agent/feed/client.h"

#include <grpcpp/grpcpp.h>
#include <shmx/v1/metrics_feed.grpc.pb.h>

#include <atomic>
#include <cstdint>
#include <utility>

#include "agent/feed/address.h"
#include "agent/feed/answers.h"
#include "agent/feed/client_credentials.h"
#include "agent/feed/grpc_process.h"
#include "agent/feed/snapshot_values.h"

namespace shmx::feed {
namespace {

/// Of one read of an agent: a snapshot is as large as the host's page is.
constexpr int kUnlimited = -1;

std::shared_ptr<grpc::Channel> channel_to(
    const Address& address, const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kUnlimited);
  // Another client's failure would otherwise be this one's, until a backoff is over.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);  // What is on this host needs none.
  return grpc::CreateCustomChannel(to_text(address), credentials, arguments);
}

v1::SubscribeRequest request_of(const Subscription& subscription) {
  v1::SubscribeRequest request;
  const auto ns = std::chrono::nanoseconds(subscription.interval).count();
  constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
  request.mutable_interval()->set_seconds(ns / kNanosecondsPerSecond);
  request.mutable_interval()->set_nanos(static_cast<std::int32_t>(ns % kNanosecondsPerSecond));
  auto& filter = *request.mutable_filter();
  filter.mutable_metrics()->Assign(subscription.metrics.begin(), subscription.metrics.end());
  filter.mutable_jobs()->Assign(subscription.jobs.begin(), subscription.jobs.end());
  return request;
}

}  // namespace

class Client::Impl {
 public:
  explicit Impl(const Subscription& subscription)
      : text_(subscription.address), request_(request_of(subscription)) {
    set_up_grpc();
    const auto address = parse_address(subscription.address);
    if (!address) {
      problem_ = address.error();
      return;
    }
    const auto credentials = client_credentials(subscription.credentials, address.value());
    if (!credentials) {
      problem_ = credentials.error();
      return;
    }
    if (!credentials->authorization.empty()) {
      context_.AddMetadata("authorization", credentials->authorization);
    }
    stub_ = v1::MetricsFeed::NewStub(channel_to(address.value(), credentials->channel));
  }

  std::optional<Result<Snapshot>> next() {
    if (!problem_) {
      if (!reader_) {
        reader_ = stub_->Subscribe(&context_, request_);
      }
      v1::Snapshot message;
      if (reader_->Read(&message)) {
        had_any_ = true;
        return Result<Snapshot>(values_of(message));
      }
      problem_ = why(reader_->Finish());
    }
    if (cancelled_.load(std::memory_order_relaxed)) {  // Relaxed: it orders nothing else.
      return {};
    }
    return Result<Snapshot>(*problem_);
  }

  void cancel() {
    cancelled_.store(true, std::memory_order_relaxed);  // Relaxed: as above.
    context_.TryCancel();
  }

 private:
  Error why(const grpc::Status& status) const {
    const std::string said = " (" + status.error_message() + ")";
    switch (status.error_code()) {
      case grpc::StatusCode::OK:
        return {"the agent at " + text_ + " ended the subscription"};
      case grpc::StatusCode::CANCELLED:  // By a server that goes down.
      case grpc::StatusCode::UNAVAILABLE:
        if (status.error_message() == kStopping || status.error_message() == kNoMetricsNow ||
            status.error_message() == kBusy) {
          return {"no snapshot from " + text_ + ": " + status.error_message()};
        }
        if (had_any_) {
          return {"the agent at " + text_ + " is gone" + said};
        }
        return {"no agent answers at " + text_ +
                ": is shm_exporter running, with this feed address, and may you open it?" + said};
      case grpc::StatusCode::UNIMPLEMENTED:
        return {"what listens at " + text_ + " is not the feed of a shm_exporter" + said};
      default:
        return {"the agent at " + text_ + " refused: " + status.error_message()};
    }
  }

  std::string text_;
  v1::SubscribeRequest request_;
  std::optional<Error> problem_;  ///< why there is nothing, from now on
  std::atomic<bool> cancelled_{false};
  bool had_any_ = false;
  std::unique_ptr<v1::MetricsFeed::Stub> stub_;
  grpc::ClientContext context_;  // Outlives the reader.
  std::unique_ptr<grpc::ClientReader<v1::Snapshot>> reader_;
};

Client::Client(const Subscription& subscription) : impl_(std::make_unique<Impl>(subscription)) {}

Client::~Client() {
  cancel();
}

std::optional<Result<Snapshot>> Client::next() {
  return impl_->next();
}

void Client::cancel() {
  impl_->cancel();
}

}  // namespace shmx::feed
