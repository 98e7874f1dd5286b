// Who is served when, without gRPC: recipients that only keep what they get.
#include "agent/feed/rounds.h"

#include <gmock/gmock.h>

#include "agent/feed/answers.h"
#include "tests/agent/feed/running_feed.h"

namespace shmx::feed {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

class Kept : public Recipient {
 public:
  bool ready() override {
    const std::lock_guard lock(mutex_);
    return ready_;
  }
  bool ended() override {
    const std::lock_guard lock(mutex_);
    return end_.has_value();
  }
  void send(const grpc::ByteBuffer& message) override {
    const std::lock_guard lock(mutex_);
    messages_.push_back(message);
    changed_.notify_all();
  }
  void fail(const grpc::Status& status) override {
    const std::lock_guard lock(mutex_);
    end_ = status;
    changed_.notify_all();
  }
  void cut() override {}
  void set_ready(bool ready) {
    const std::lock_guard lock(mutex_);
    ready_ = ready;
  }
  /// Waits for so many.
  std::vector<grpc::ByteBuffer> messages(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, kPatience, [&] { return messages_.size() >= count; }));
    return messages_;
  }
  grpc::Status end() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, kPatience, [&] { return end_.has_value(); }));
    return end_.value_or(grpc::Status::OK);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ready_ = true;
  std::vector<grpc::ByteBuffer> messages_;
  std::optional<grpc::Status> end_;
};

const std::uint8_t* bytes_of(const grpc::ByteBuffer& message) {
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(message.Dump(&slices).ok());
  return slices.at(0).begin();
}

/// Rounds over a collector that the test has in hand (its own feed serves nobody).
class FeedRounds : public ::testing::Test {
 protected:
  static constexpr std::size_t kEnough = std::size_t{1} << 20;

  RunningFeed feed_;
  const Hooks hooks_ = feed_.hooks();
  const otlp::Options mapping_{};
  Judgements judgements_{hooks_};
  Rounds rounds_{hooks_, judgements_, mapping_, kEnough};

  /// Of a viewer who sees that.
  void add(const std::shared_ptr<Kept>& recipient, Request request, model::Scope shown = {}) {
    rounds_.add(recipient, std::move(request),
                {std::make_shared<const identity::Presented>(), {"somebody", std::move(shown)}});
  }
};

TEST(FeedGrid, PutsSubscriptionsOfOneIntervalTogether) {
  const Clock::time_point whole(seconds(1000));
  const auto interval = seconds(10);
  EXPECT_EQ(next_due(whole, interval), whole + interval);
  EXPECT_EQ(next_due(whole + seconds(4), interval), whole + interval);
  EXPECT_EQ(next_due(whole + seconds(6), interval), whole + 2 * interval);
  EXPECT_EQ(next_due(whole + interval + milliseconds(3), interval), whole + 2 * interval);
}

TEST(FeedGrid, LeavesHalfAnIntervalAtLeastAndOneAndAHalfAtMost) {
  for (const nanoseconds interval :
       {nanoseconds(seconds(1)), nanoseconds(1'234'567'891), nanoseconds(hours(1))}) {
    for (int i = 0; i < 1000; ++i) {
      const Clock::time_point now(seconds(77'777) + interval * i / 977);
      const auto after = next_due(now, interval) - now;
      ASSERT_GE(after, interval / 2);
      ASSERT_LE(after, interval + interval / 2 + nanoseconds(1));
    }
  }
}

TEST_F(FeedRounds, ServeAllWhoAreDueFromOneCollection) {
  feed_.hold();
  const auto first = std::make_shared<Kept>();
  add(first, {});
  feed_.await([](const Seen& seen) { return seen.collections == 1; });
  std::vector<std::shared_ptr<Kept>> others;
  for (int i = 0; i < 20; ++i) {
    others.push_back(std::make_shared<Kept>());
    add(others.back(), {{}, i % 2 == 0 ? hours(1) : nanoseconds(0)});
  }
  feed_.release();
  const auto bytes = bytes_of(others.at(0)->messages(1).at(0));
  for (const auto& other : others) {
    EXPECT_EQ(bytes_of(other->messages(1).at(0)), bytes);
  }
  EXPECT_NE(bytes_of(first->messages(1).at(0)), bytes);
  const Seen seen = feed_.await([](const Seen& now) { return now.sent == 10; });
  EXPECT_EQ(seen.collections, 2U);
  EXPECT_EQ(seen.skipped, 0U);
}

TEST_F(FeedRounds, SkipWhoIsNotReadyAndTellThemHowOften) {
  const auto slow = std::make_shared<Kept>();
  add(slow, {{}, milliseconds(5)});
  slow->messages(1);
  slow->set_ready(false);
  const Seen before = feed_.await([](const Seen& now) { return now.skipped >= 3; });
  const std::size_t kept = slow->messages(0).size();
  const Seen after =
      feed_.await([&](const Seen& now) { return now.skipped >= before.skipped + 3; });
  EXPECT_EQ(slow->messages(0).size(), kept);
  EXPECT_EQ(after.collections, before.collections);  // Nobody was ready: none was wanted.
  slow->set_ready(true);
  std::vector<grpc::Slice> slices;
  ASSERT_TRUE(slow->messages(kept + 1).at(kept).Dump(&slices).ok());
  // After the metrics: field 1001, a varint.
  const grpc::Slice& skipped = slices.at(1);
  ASSERT_GE(skipped.size(), 3U);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(skipped.begin()), 2), "\xc8\x3e");
  EXPECT_GE(skipped.begin()[2], 6);
}

TEST_F(FeedRounds, SendNothingMoreToWhoIsRemoved) {
  const auto gone = std::make_shared<Kept>();
  const auto stays = std::make_shared<Kept>();
  add(gone, {{}, milliseconds(5)});
  add(stays, {{}, milliseconds(5)});
  gone->messages(1);
  rounds_.remove(gone.get());
  stays->messages(stays->messages(0).size() + 2);  // The round under way at the removal is over.
  const std::size_t kept = gone->messages(0).size();
  stays->messages(stays->messages(0).size() + 3);
  EXPECT_EQ(gone->messages(0).size(), kept);
  EXPECT_EQ(gone.use_count(), 1);
}

TEST_F(FeedRounds, FailTheirRecipientsWhenTheCollectorDoes) {
  feed_.answer_with(Error{"EMFILE and other internals"});
  const auto recipient = std::make_shared<Kept>();
  add(recipient, {});
  EXPECT_EQ(recipient->end().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(recipient->end().error_message(), kNoMetricsNow);
  const Seen seen = feed_.await([](const Seen& now) { return !now.warnings.empty(); });
  EXPECT_THAT(seen.warnings.at(0), ::testing::HasSubstr("EMFILE and other internals"));
}

TEST_F(FeedRounds, EndSubscriptionsAndStillAnswerWhatIsAskedForOnce) {
  const auto subscriber = std::make_shared<Kept>();
  add(subscriber, {{}, hours(1)});
  subscriber->messages(1);
  rounds_.end_subscriptions();
  EXPECT_EQ(subscriber->end().error_message(), kStopping);
  const auto late = std::make_shared<Kept>();
  add(late, {{}, hours(1)});
  EXPECT_EQ(late->end().error_message(), kStopping);
  const auto once = std::make_shared<Kept>();
  add(once, {});
  once->messages(1);
}

TEST_F(FeedRounds, StopWhileTheCollectorDoesNotAnswer) {
  feed_.hold();
  const auto waiting = std::make_shared<Kept>();
  const auto next = std::make_shared<Kept>();
  add(waiting, {});
  feed_.await([](const Seen& seen) { return seen.collections == 1; });
  add(next, {});
  rounds_.stop();
  EXPECT_EQ(waiting->end().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(next->end().error_message(), kStopping);
  feed_.release();  // Too late, and harmless.
  EXPECT_TRUE(waiting->messages(0).empty());
  const auto late = std::make_shared<Kept>();
  add(late, {});
  EXPECT_EQ(late->end().error_message(), kStopping);
}

}  // namespace
}  // namespace shmx::feed
