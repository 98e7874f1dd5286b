// Get and Subscribe over real connections.
#include "agent/feed/server.h"

#include <gmock/gmock.h>

#include <thread>

#include "agent/feed/answers.h"
#include "tests/agent/feed/calls.h"
#include "tests/agent/feed/running_feed.h"
#include "tests/agent/testing/temporary_directory.h"

namespace shmx::feed {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

/// On a unix socket and on loopback.
class FeedServer : public ::testing::TestWithParam<bool> {
 protected:
  testing::TemporaryDirectory directory_;
  const std::string where_ =
      GetParam() ? "unix:" + directory_.file("feed.sock") : std::string("127.0.0.1:0");
  RunningFeed feed_{usual_options(where_)};
};
INSTANTIATE_TEST_SUITE_P(Addresses, FeedServer, ::testing::Bool(),
                         [](const auto& each) { return each.param ? "unix" : "loopback"; });

TEST_P(FeedServer, TellsWhereItListens) {
  if (GetParam()) {
    EXPECT_EQ(feed_.address(), where_);
  } else {
    EXPECT_THAT(feed_.address(), ::testing::MatchesRegex("127\\.0\\.0\\.1:[1-9][0-9]*"));
  }
}

TEST_P(FeedServer, AnswersGetWithWhatWasCollected) {
  v1::Snapshot snapshot;
  const grpc::Status status = get(feed_.address(), snapshot);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_THAT(names_of(snapshot),
              UnorderedElementsAre(Pair("requests_total", "shop"), Pair("latency_seconds", "shop"),
                                   Pair("sizes_bytes", "depot"), Pair("depth", "depot"),
                                   Pair("shm_exporter_up", "shm_exporter")));
  EXPECT_EQ(snapshot.skipped(), 0U);
  const Seen seen = feed_.await([](const Seen& now) { return !now.calls.empty(); });
  EXPECT_THAT(seen.calls, ElementsAre("Get OK"));
  EXPECT_EQ(seen.collections, 1U);
}

TEST_P(FeedServer, AnswersWithCumulativeValuesOfTheTimeOfCollection) {
  v1::GetRequest request;
  request.mutable_filter()->add_metrics("requests_total");
  v1::Snapshot snapshot;
  ASSERT_TRUE(get(feed_.address(), snapshot, request).ok());
  const auto& sum = snapshot.resource_metrics(0).scope_metrics(0).metrics(0).sum();
  EXPECT_EQ(sum.aggregation_temporality(),
            opentelemetry::proto::metrics::v1::AGGREGATION_TEMPORALITY_CUMULATIVE);
  EXPECT_TRUE(sum.is_monotonic());
  ASSERT_EQ(sum.data_points_size(), 1);
  EXPECT_EQ(sum.data_points(0).time_unix_nano(), static_cast<std::uint64_t>(kNow));
}

TEST_P(FeedServer, ShowsWhatTheFilterNames) {
  v1::GetRequest of_job;
  of_job.mutable_filter()->add_jobs("depot");
  v1::Snapshot snapshot;
  ASSERT_TRUE(get(feed_.address(), snapshot, of_job).ok());
  EXPECT_THAT(names_of(snapshot),
              UnorderedElementsAre(Pair("sizes_bytes", "depot"), Pair("depth", "depot")));
  v1::GetRequest of_both = of_job;
  of_both.mutable_filter()->add_metrics("depth");
  of_both.mutable_filter()->add_metrics("requests_total");
  ASSERT_TRUE(get(feed_.address(), snapshot, of_both).ok());
  EXPECT_THAT(names_of(snapshot), ElementsAre(Pair("depth", "depot")));
  v1::GetRequest own;
  own.mutable_filter()->add_jobs("shm_exporter");
  ASSERT_TRUE(get(feed_.address(), snapshot, own).ok());
  EXPECT_THAT(names_of(snapshot), ElementsAre(Pair("shm_exporter_up", "shm_exporter")));
  v1::GetRequest nothing;
  nothing.mutable_filter()->add_metrics("no_such_metric");
  ASSERT_TRUE(get(feed_.address(), snapshot, nothing).ok());
  EXPECT_EQ(snapshot.resource_metrics_size(), 0);
}

TEST_P(FeedServer, SendsSubscribersASnapshotAtOnceAndThenOnePerInterval) {
  Subscribed subscribed(feed_.address(), every(kSmallestInterval));
  v1::Snapshot snapshot;
  ASSERT_TRUE(subscribed.read(snapshot));
  EXPECT_EQ(names_of(snapshot).size(), 5U);
  EXPECT_TRUE(subscribed.read());
  EXPECT_TRUE(subscribed.read());
  EXPECT_EQ(feed_.await([](const Seen& now) { return now.sent >= 3; }).subscribers, 1U);
}

TEST_P(FeedServer, SendsTheFirstSnapshotWithoutWaitingForTheInterval) {
  Subscribed subscribed(feed_.address(), every(std::chrono::hours(1)));
  EXPECT_TRUE(subscribed.read());
}

TEST_P(FeedServer, ForgetsSubscribersThatCancel) {
  Subscribed subscribed(feed_.address(), every(std::chrono::hours(1)));
  ASSERT_TRUE(subscribed.read());
  subscribed.cancel();
  EXPECT_EQ(subscribed.end().error_code(), grpc::StatusCode::CANCELLED);
  const Seen seen =
      feed_.await([](const Seen& now) { return !now.calls.empty() && now.subscribers == 0; });
  EXPECT_THAT(seen.calls, ElementsAre("Subscribe CANCELLED"));
}

TEST_P(FeedServer, ForgetsCallsOfGetThatAreCancelled) {
  feed_.hold();
  grpc::ClientContext context;
  std::thread getting([&] {
    v1::Snapshot snapshot;
    const auto stub = v1::MetricsFeed::NewStub(connect_to(feed_.address()));
    EXPECT_EQ(stub->Get(&context, {}, &snapshot).error_code(), grpc::StatusCode::CANCELLED);
  });
  feed_.await([](const Seen& now) { return now.collections == 1; });
  context.TryCancel();
  getting.join();
  const Seen seen = feed_.await([](const Seen& now) { return !now.calls.empty(); });
  EXPECT_THAT(seen.calls, ElementsAre("Get CANCELLED"));
  feed_.release();
  v1::Snapshot snapshot;
  EXPECT_TRUE(get(feed_.address(), snapshot).ok());
}

TEST_P(FeedServer, ForgetsSubscribersWhoseDeadlineIsOver) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(1));
  const auto stub = v1::MetricsFeed::NewStub(connect_to(feed_.address()));
  const auto reader = stub->Subscribe(&context, every(kSmallestInterval));
  v1::Snapshot snapshot;
  while (reader->Read(&snapshot)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  const Seen seen =
      feed_.await([](const Seen& now) { return !now.calls.empty() && now.subscribers == 0; });
  EXPECT_THAT(seen.calls, ElementsAre("Subscribe CANCELLED"));
}

TEST_P(FeedServer, SaysThatThereAreNoMetricsAndNotWhy) {
  feed_.answer_with(Error{"EMFILE and other internals"});
  v1::Snapshot snapshot;
  const grpc::Status status = get(feed_.address(), snapshot);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message(), kNoMetricsNow);
  Subscribed subscribed(feed_.address(), every(std::chrono::hours(1)));
  EXPECT_EQ(subscribed.end().error_message(), kNoMetricsNow);
  const Seen seen = feed_.await([](const Seen& now) { return now.calls.size() == 2; });
  EXPECT_THAT(seen.calls, UnorderedElementsAre("Get UNAVAILABLE", "Subscribe UNAVAILABLE"));
  EXPECT_THAT(seen.warnings, Contains(HasSubstr("EMFILE")));
}

TEST_P(FeedServer, RefusesRequestsThatCannotBe) {
  Subscribed too_often(feed_.address(), every(std::chrono::milliseconds(1)));
  EXPECT_EQ(too_often.end().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  std::string answer;
  const grpc::Status status =
      call_raw(feed_.address(), "/shmx.v1.MetricsFeed/Get", "\x0a\x05", answer);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("shmx.v1.GetRequest"));
  const Seen seen = feed_.await([](const Seen& now) { return now.calls.size() == 2; });
  EXPECT_THAT(seen.calls,
              UnorderedElementsAre("Subscribe INVALID_ARGUMENT", "Get INVALID_ARGUMENT"));
  EXPECT_EQ(seen.collections, 0U);
}

TEST_P(FeedServer, ReadsNoLargeRequests) {
  std::string answer;
  const grpc::Status status = call_raw(feed_.address(), "/shmx.v1.MetricsFeed/Get",
                                       std::string(Limits().request_bytes + 1, 'x'), answer);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("larger than max"));
}

TEST(FeedServerLimits, RefuseMoreSubscribersThanThereMayBe) {
  Options options = usual_options();
  options.max_subscribers = 2;
  RunningFeed feed(options);
  Subscribed first(feed.address(), every(std::chrono::hours(1)));
  Subscribed second(feed.address(), every(std::chrono::hours(1)));
  ASSERT_TRUE(first.read());
  ASSERT_TRUE(second.read());
  Subscribed third(feed.address(), every(std::chrono::hours(1)));
  const grpc::Status status = third.end();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("at most 2 subscribers"));
  v1::Snapshot snapshot;
  EXPECT_TRUE(get(feed.address(), snapshot).ok());  // Not a subscriber.
  first.cancel();
  feed.await([](const Seen& now) { return now.subscribers == 1; });
  Subscribed fourth(feed.address(), every(std::chrono::hours(1)));
  EXPECT_TRUE(fourth.read());
}

TEST(FeedServerLimits, RefuseMoreCallsOfGetThanThereMayBe) {
  Options options = usual_options();
  options.max_subscribers = 1;
  RunningFeed feed(options);
  feed.hold();
  std::thread waiting([&] {
    v1::Snapshot snapshot;
    EXPECT_TRUE(get(feed.address(), snapshot).ok());
  });
  feed.await([](const Seen& now) { return now.collections == 1; });
  v1::Snapshot snapshot;
  const grpc::Status status = get(feed.address(), snapshot);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("at most 1 calls of Get"));
  feed.release();
  waiting.join();
}

TEST(FeedServerLimits, RefuseASnapshotThatIsTooLarge) {
  Options options = usual_options();
  options.limits.snapshot_bytes = 100;
  RunningFeed feed(options);
  v1::Snapshot snapshot;
  EXPECT_EQ(get(feed.address(), snapshot).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST(FeedServerStart, RefusesAnAddressThatIsTaken) {
  RunningFeed feed;
  const auto second = Server::start(usual_options(feed.address()), feed.hooks());
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().message, HasSubstr(feed.address() + "\": cannot be listened on"));
}

TEST(FeedServerStart, RefusesOtherHostsWithoutTls) {
  RunningFeed feed;
  for (const std::string address : {":0", "0.0.0.0:0", "[::]:0", "example.org:0"}) {
    const auto refused = Server::start(usual_options(address), feed.hooks());
    ASSERT_FALSE(refused.ok()) << address;
    EXPECT_THAT(refused.error().message, HasSubstr("give a certificate and its key in"));
  }
}

TEST(FeedServerStart, RefusesAnAddressThatIsNone) {
  RunningFeed feed;
  const auto refused = Server::start(usual_options("feed"), feed.hooks());
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("the port is missing"));
}

TEST(FeedServerStart, ListensOnLoopbackByName) {
  const std::string name = "localhost";
  RunningFeed feed(usual_options(name + ":0"));
  ASSERT_THAT(feed.address(), ::testing::StartsWith(name + ":"));
  // Not by the name, too: c-ares, which gRPC's clients ask for it, leaks ten bytes.
  v1::Snapshot snapshot;
  EXPECT_TRUE(get("127.0.0.1" + feed.address().substr(name.size()), snapshot).ok());
}

}  // namespace
}  // namespace shmx::feed
