// Clients that do not read: they miss snapshots, and hold one.
#include <gmock/gmock.h>

#include "tests/agent/feed/calls.h"
#include "tests/agent/feed/running_feed.h"
#include "tests/agent/testing/temporary_directory.h"

namespace shmx::feed {
namespace {

TEST(FeedSlowClient, SkipsSnapshotsAndGetsEachWhole) {
  const testing::TemporaryDirectory directory;
  for (const std::string& where : {"unix:" + directory.file("s"), std::string("127.0.0.1:0")}) {
    RunningFeed feed(usual_options(where));
    feed.answer_with(large_epoch());
    Subscribed slow(feed.address(), every(kSmallestInterval));
    const Seen seen = feed.await([](const Seen& now) { return now.skipped >= 5; });
    EXPECT_EQ(seen.sent, 1U);         // It is on its way, and nothing behind it.
    EXPECT_EQ(seen.collections, 1U);  // Nor is anything made for nobody.
    v1::Snapshot snapshot;
    ASSERT_TRUE(slow.read(snapshot));
    EXPECT_EQ(snapshot.skipped(), 0U);
    EXPECT_GE(snapshot.ByteSizeLong(), kLargeEpochBytes);
    ASSERT_TRUE(slow.read(snapshot));
    EXPECT_GE(snapshot.skipped(), 5U);
    EXPECT_GE(snapshot.ByteSizeLong(), kLargeEpochBytes);
  }
}

TEST(FeedSlowClient, DelaysNobodyElse) {
  RunningFeed feed;
  feed.answer_with(large_epoch());
  Subscribed slow(feed.address(), every(kSmallestInterval));
  feed.await([](const Seen& now) { return now.skipped >= 1; });
  Subscribed fast(feed.address(), every(kSmallestInterval));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(fast.read());
  }
  v1::Snapshot snapshot;
  EXPECT_TRUE(get(feed.address(), snapshot).ok());
}

TEST(FeedSlowClient, IsCutWhenItNoLongerPasses) {
  RunningFeed feed;
  feed.answer_with(large_epoch());
  Subscribed slow(feed.address(), every(kSmallestInterval));
  feed.await([](const Seen& now) { return now.skipped >= 1; });
  feed.judge_all(refused(identity::Refusal::Kind::unauthenticated));
  const Seen seen =
      feed.await([](const Seen& now) { return now.subscribers == 0 && !now.calls.empty(); });
  EXPECT_THAT(seen.calls, ::testing::ElementsAre("Subscribe UNAUTHENTICATED"));
}

TEST(FeedSlowClient, EndsAsAnyOther) {
  RunningFeed feed;
  feed.answer_with(large_epoch());
  {
    Subscribed slow(feed.address(), every(kSmallestInterval));
    feed.await([](const Seen& now) { return now.skipped >= 1; });
  }
  const Seen seen =
      feed.await([](const Seen& now) { return now.subscribers == 0 && !now.calls.empty(); });
  EXPECT_THAT(seen.calls, ::testing::ElementsAre("Subscribe CANCELLED"));
}

}  // namespace
}  // namespace shmx::feed
