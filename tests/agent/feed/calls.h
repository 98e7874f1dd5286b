// Calls of the feed as any gRPC client makes them.
#ifndef SHM_EXPORTER_TESTS_AGENT_FEED_CALLS_H
#define SHM_EXPORTER_TESTS_AGENT_FEED_CALLS_H

#include <grpcpp/grpcpp.h>
#include <shmx/v1/metrics_feed.grpc.pb.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>

namespace shmx::feed {

/// A connection of its own.
std::shared_ptr<grpc::Channel> connect_to(const std::string& address,
                                          const std::shared_ptr<grpc::ChannelCredentials>&
                                              credentials = grpc::InsecureChannelCredentials());

v1::SubscribeRequest every(std::chrono::milliseconds interval);

/// A Get with nothing but a filter.
grpc::Status get(const std::string& address, v1::Snapshot& into,
                 const v1::GetRequest& request = {});

/// A call of Subscribe.
class Subscribed {
 public:
  Subscribed(const std::string& address, const v1::SubscribeRequest& request);
  ~Subscribed();
  Subscribed(const Subscribed&) = delete;
  Subscribed& operator=(const Subscribed&) = delete;

  bool read(v1::Snapshot& into) { return reader_->Read(&into); }
  bool read() {
    v1::Snapshot ignored;
    return read(ignored);
  }
  grpc::Status finish() { return reader_->Finish(); }
  void cancel() { context_.TryCancel(); }

  /// What became of it, without reading what is left.
  grpc::Status end();

 private:
  std::unique_ptr<v1::MetricsFeed::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::Snapshot>> reader_;
};

/// The names of all metrics, with the jobs that have points of them.
std::multimap<std::string, std::string> names_of(const v1::Snapshot& snapshot);

/// One call of a method whose messages the test has no classes for, by their bytes; a stream's
/// first answer.
grpc::Status call_raw(const std::string& address, const std::string& method,
                      const std::string& request, std::string& answer);

}  // namespace shmx::feed

#endif  // SHM_EXPORTER_TESTS_AGENT_FEED_CALLS_H
