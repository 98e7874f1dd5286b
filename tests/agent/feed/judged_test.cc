// When calls and snapshots wait for a verdict, and what comes of it.
#include <gmock/gmock.h>

#include <thread>
#include <vector>

#include "agent/feed/answers.h"
#include "tests/agent/feed/calls.h"
#include "tests/agent/feed/running_feed.h"

namespace shmx::feed {
namespace {

using identity::Refusal;
using std::chrono::hours;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

struct Refused {
  Refusal::Kind kind;
  grpc::StatusCode code;
  std::string_view message;
};

class FeedRefusal : public ::testing::TestWithParam<Refused> {
 protected:
  void expect_refusal(const grpc::Status& status) const {
    EXPECT_EQ(status.error_code(), GetParam().code);
    EXPECT_EQ(status.error_message(), GetParam().message);
    EXPECT_EQ(status.error_details(), "");
  }
};
INSTANTIATE_TEST_SUITE_P(
    Kinds, FeedRefusal,
    ::testing::Values(Refused{Refusal::Kind::unauthenticated, grpc::StatusCode::UNAUTHENTICATED,
                              kUnauthenticated},
                      Refused{Refusal::Kind::forbidden, grpc::StatusCode::PERMISSION_DENIED,
                              kForbidden},
                      Refused{Refusal::Kind::busy, grpc::StatusCode::UNAVAILABLE, kBusy}));

TEST_P(FeedRefusal, SaysNothingOfWhyAndNothingIsCollected) {
  RunningFeed feed;
  feed.judge_all(refused(GetParam().kind));
  v1::Snapshot snapshot;
  expect_refusal(get(feed.address(), snapshot));
  expect_refusal(Subscribed(feed.address(), every(hours(1))).end());
  EXPECT_EQ(feed.seen().collections, 0U);
  EXPECT_EQ(feed.await([](const Seen& now) { return now.calls.size() == 2; }).subscribers, 0U);
}

TEST_P(FeedRefusal, IsToldWhateverWasAskedFor) {
  RunningFeed feed;
  feed.judge_all(refused(GetParam().kind));
  std::string answer;
  expect_refusal(call_raw(feed.address(), "/shmx.v1.MetricsFeed/Get", "\x0a\x05", answer));
  expect_refusal(Subscribed(feed.address(), every(std::chrono::milliseconds(1))).end());
}

TEST_P(FeedRefusal, IsToldWhereAllPlacesAreTakenAndTakesNone) {
  Options options = usual_options();
  options.max_subscribers = 1;
  RunningFeed feed(options);
  Subscribed first(feed.address(), every(hours(1)));
  ASSERT_TRUE(first.read());
  feed.judge_all(refused(GetParam().kind));
  expect_refusal(Subscribed(feed.address(), every(hours(1))).end());
  EXPECT_EQ(feed.seen().subscribers, 1U);
}

TEST(FeedJudge, IsAskedForTheFirstSnapshotOnceAndForEachOneAfterIt) {
  RunningFeed feed;
  Subscribed subscribed(feed.address(), every(kSmallestInterval));
  for (std::size_t i = 1; i <= 4; ++i) {
    ASSERT_TRUE(subscribed.read());
    EXPECT_GE(feed.seen().judged.size(), i);
    EXPECT_LE(feed.seen().sent, feed.seen().judged.size());
  }
}

TEST(FeedJudge, EndsASubscriptionThatNoLongerPasses) {
  for (const auto& [kind, code] :
       {std::pair(Refusal::Kind::unauthenticated, grpc::StatusCode::UNAUTHENTICATED),
        std::pair(Refusal::Kind::forbidden, grpc::StatusCode::PERMISSION_DENIED)}) {
    RunningFeed feed;
    Subscribed subscribed(feed.address(), every(kSmallestInterval));
    ASSERT_TRUE(subscribed.read());
    feed.judge_all(refused(kind));
    EXPECT_EQ(subscribed.end().error_code(), code);
    feed.await([](const Seen& now) { return now.subscribers == 0; });
  }
}

TEST(FeedJudge, ChangesWhatASubscriptionSees) {
  RunningFeed feed;
  feed.judge_all(reader_of({"shop"}));
  Subscribed subscribed(feed.address(), every(kSmallestInterval));
  v1::Snapshot snapshot;
  ASSERT_TRUE(subscribed.read(snapshot));
  EXPECT_EQ(names_of(snapshot).count("requests_total"), 1U);
  feed.judge_all(reader_of({"depot"}));
  const std::size_t judged = feed.seen().judged.size();
  feed.await([&](const Seen& now) { return now.judged.size() > judged + 1; });
  do {
    ASSERT_TRUE(subscribed.read(snapshot));
  } while (names_of(snapshot).count("requests_total") > 0);
  EXPECT_EQ(names_of(snapshot).count("depth"), 1U);
}

TEST(FeedJudge, ThatIsBusyCostsASubscriptionSnapshotsAndNoMore) {
  RunningFeed feed;
  Subscribed subscribed(feed.address(), every(kSmallestInterval));
  ASSERT_TRUE(subscribed.read());
  feed.judge_all(refused(Refusal::Kind::busy));
  const Seen busy = feed.await([](const Seen& now) { return now.skipped >= 2; });
  feed.judge_all(identity::Reader{"anyone", {}});
  v1::Snapshot snapshot;
  do {
    ASSERT_TRUE(subscribed.read(snapshot));
  } while (snapshot.skipped() < 2);
  EXPECT_THAT(busy.calls, IsEmpty());
}

/// Keeps its verdicts on who shows that credential, when told to.
class SlowJudge {
 public:
  static constexpr const char* kSlow = "slow";

  RunningFeed::Judge judge() {
    return
        [this](const identity::Presented& presented, const RunningFeed::VerdictReceiver& receiver) {
          {
            const std::lock_guard lock(mutex_);
            if (slow_ && presented.authorization == kSlow) {
              late_.push_back(receiver);
              changed_.notify_all();
              return;
            }
          }
          receiver(identity::Reader{"anyone", {}});
        };
  }
  void be_slow() {
    const std::lock_guard lock(mutex_);
    slow_ = true;
  }
  void answer_one() {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, kPatience, [&] { return !late_.empty(); }));
    const auto receiver = late_.back();
    late_.pop_back();
    lock.unlock();
    receiver(identity::Reader{"anyone", {}});
  }
  void await_one() {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, kPatience, [&] { return !late_.empty(); }));
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool slow_ = false;
  std::vector<RunningFeed::VerdictReceiver> late_;
};

TEST(FeedJudge, WhoThinksLongOfOneDelaysNobodyElse) {
  SlowJudge slow;
  RunningFeed feed;
  feed.judge_by(slow.judge());
  const auto stub = v1::MetricsFeed::NewStub(connect_to(feed.address()));
  grpc::ClientContext context;
  context.AddMetadata("authorization", SlowJudge::kSlow);
  const auto reader = stub->Subscribe(&context, every(kSmallestInterval));
  v1::Snapshot snapshot;
  ASSERT_TRUE(reader->Read(&snapshot));
  slow.be_slow();
  slow.await_one();
  Subscribed other(feed.address(), every(kSmallestInterval));
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(other.read());
  }
  EXPECT_TRUE(get(feed.address(), snapshot).ok());
  // What came due meanwhile was skipped, and there is one verdict that is waited for, not several.
  feed.await([](const Seen& now) { return now.skipped >= 2; });
  slow.answer_one();
  do {
    ASSERT_TRUE(reader->Read(&snapshot));
  } while (snapshot.skipped() < 2);
}

TEST(FeedJudge, MayAnswerOnAnotherThread) {
  RunningFeed feed;
  feed.hold_judge();
  Subscribed subscribed(feed.address(), every(hours(1)));
  feed.await([](const Seen& now) { return now.judged.size() == 1; });
  EXPECT_EQ(feed.seen().collections, 0U);
  std::thread([&] { feed.release_judge(); }).join();
  EXPECT_TRUE(subscribed.read());
}

TEST(FeedJudge, MayAnswerWhenTheCallIsOver) {
  RunningFeed feed;
  feed.hold_judge();
  {
    Subscribed gone(feed.address(), every(kSmallestInterval));
    feed.await([](const Seen& now) { return now.judged.size() == 1; });
  }
  feed.await([](const Seen& now) { return now.calls.size() == 1; });
  feed.release_judge();
  EXPECT_THAT(feed.seen().calls, ElementsAre("Subscribe CANCELLED"));
  EXPECT_EQ(feed.seen().subscribers, 0U);  // It has taken no place that it would not give back.
  v1::Snapshot snapshot;
  EXPECT_TRUE(get(feed.address(), snapshot).ok());
  EXPECT_EQ(feed.seen().collections, 1U);
}

TEST(FeedJudge, MayAnswerWhenTheFeedIsGone) {
  std::vector<RunningFeed::VerdictReceiver> late;
  std::mutex mutex;
  grpc::Status status;
  std::thread getting;
  {
    Options options = usual_options();
    options.limits.stop_grace = std::chrono::milliseconds(1);
    RunningFeed feed(options);
    feed.judge_by([&](const identity::Presented&, const RunningFeed::VerdictReceiver& receiver) {
      const std::lock_guard lock(mutex);
      late.push_back(receiver);
    });
    getting = std::thread([&, address = feed.address()] {
      v1::Snapshot snapshot;
      status = get(address, snapshot);
    });
    feed.await([](const Seen& now) { return now.judged.size() == 1; });
    feed.server().stop();
    EXPECT_EQ(feed.seen().calls.size(), 1U);
  }
  getting.join();
  EXPECT_FALSE(status.ok());
  ASSERT_EQ(late.size(), 1U);
  late.at(0)(identity::Reader{"anyone", {}});  // Harmless.
}

TEST(FeedJudge, IsNotAskedForHealthAndReflection) {
  RunningFeed feed;
  feed.judge_all(refused(Refusal::Kind::unauthenticated));
  std::string answer;
  EXPECT_TRUE(call_raw(feed.address(), "/grpc.health.v1.Health/Check", "", answer).ok());
  EXPECT_EQ(answer, "\x08\x01");
  EXPECT_TRUE(call_raw(feed.address(),
                       "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                       std::string("\x3a\x00", 2), answer)
                  .ok());
  EXPECT_THAT(answer, Not(IsEmpty()));
  EXPECT_THAT(feed.seen().judged, IsEmpty());
}

}  // namespace
}  // namespace shmx::feed
