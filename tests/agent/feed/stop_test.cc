// The end of a feed: what is under way may finish, within bounds.
#include <gmock/gmock.h>
#include <grpc/grpc.h>

#include <thread>

#include "agent/feed/answers.h"
#include "tests/agent/feed/calls.h"
#include "tests/agent/feed/running_feed.h"

namespace shmx::feed {
namespace {

using ::testing::ElementsAre;

/// Longer than the test's own time limit: only the end of all calls can end the stop.
constexpr std::chrono::hours kPatient{1};

TEST(FeedStop, EndsSubscriptionsAtOnce) {
  Options options = usual_options();
  options.limits.stop_grace = kPatient;
  RunningFeed feed(options);
  Subscribed first(feed.address(), every(kPatient));
  Subscribed second(feed.address(), every(kPatient));
  ASSERT_TRUE(first.read());
  ASSERT_TRUE(second.read());
  feed.server().stop();
  EXPECT_EQ(feed.seen().calls.size(), 2U);  // Their hooks were called, and no hook will be.
  EXPECT_EQ(feed.seen().subscribers, 0U);
  for (Subscribed* subscribed : {&first, &second}) {
    const grpc::Status status = subscribed->end();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_EQ(status.error_message(), kStopping);
  }
}

TEST(FeedStop, LetsACallOfGetFinish) {
  Options options = usual_options();
  options.limits.stop_grace = kPatient;
  RunningFeed feed(options);
  Subscribed subscribed(feed.address(), every(kPatient));
  ASSERT_TRUE(subscribed.read());
  feed.hold();
  grpc::Status status;
  std::thread getting([&] {
    v1::Snapshot snapshot;
    status = get(feed.address(), snapshot);
  });
  feed.await([](const Seen& now) { return now.collections == 2; });
  std::thread stopping([&] { feed.server().stop(); });
  // Its end tells that the stop has begun.
  EXPECT_EQ(subscribed.end().error_message(), kStopping);
  feed.release();
  stopping.join();
  getting.join();
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST(FeedStop, EndsACallOfGetThatIsNotAnsweredInTime) {
  Options options = usual_options();
  options.limits.stop_grace = std::chrono::milliseconds(1);
  RunningFeed feed(options);
  feed.hold();
  grpc::Status status;
  std::thread getting([&] {
    v1::Snapshot snapshot;
    status = get(feed.address(), snapshot);
  });
  feed.await([](const Seen& now) { return now.collections == 1; });
  feed.server().stop();
  getting.join();
  EXPECT_FALSE(status.ok());
  feed.release();  // Too late, and harmless.
  EXPECT_EQ(feed.seen().calls.size(), 1U);
}

TEST(FeedStop, EndsAClientThatDoesNotRead) {
  Options options = usual_options();
  options.limits.stop_grace = std::chrono::milliseconds(1);
  RunningFeed feed(options);
  feed.answer_with(large_epoch());
  Subscribed slow(feed.address(), every(kSmallestInterval));
  feed.await([](const Seen& now) { return now.skipped >= 1; });
  feed.server().stop();
  EXPECT_THAT(feed.seen().calls, ElementsAre("Subscribe UNAVAILABLE"));
}

TEST(FeedStop, TakesNoFurtherCall) {
  RunningFeed feed;
  const std::string address = feed.address();
  feed.server().stop();
  feed.server().stop();
  v1::Snapshot snapshot;
  EXPECT_EQ(get(address, snapshot).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(feed.seen().collections, 0U);
}

TEST(FeedStop, LeavesGrpcUpWhoseEndWouldTakeTenSeconds) {
  { const RunningFeed feed; }
  EXPECT_EQ(grpc_is_initialized(), 1);
}

TEST(FeedStop, IsTheSameAsDestruction) {
  for (int i = 0; i < 20; ++i) {
    auto feed = std::make_unique<RunningFeed>();
    Subscribed subscribed(feed->address(), every(kSmallestInterval));
    const bool has_begun = i % 2 == 0;
    if (has_begun) {
      ASSERT_TRUE(subscribed.read());
    }
    feed.reset();
    const grpc::Status status = subscribed.end();
    EXPECT_FALSE(status.ok());
    if (has_begun) {
      EXPECT_EQ(status.error_message(), kStopping);
    }
  }
}

}  // namespace
}  // namespace shmx::feed
