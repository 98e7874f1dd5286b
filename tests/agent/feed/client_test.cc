// The client against a real server.
#include "agent/feed/client.h"

#include <gmock/gmock.h>

#include <thread>

#include "tests/agent/feed/running_feed.h"
#include "tests/agent/testing/temporary_directory.h"

namespace shmx::feed {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FeedClient : public ::testing::TestWithParam<bool> {
 protected:
  testing::TemporaryDirectory directory_;
  RunningFeed feed_{usual_options(GetParam() ? "unix:" + directory_.file("feed.sock")
                                             : std::string("127.0.0.1:0"))};
};
INSTANTIATE_TEST_SUITE_P(Addresses, FeedClient, ::testing::Bool(),
                         [](const auto& each) { return each.param ? "unix" : "loopback"; });

Snapshot next_of(Client& client) {
  auto next = client.next();
  if (!next || !next->ok()) {
    ADD_FAILURE() << (next ? next->error().message : "cancelled");
    return {};
  }
  return std::move(next->value());
}

const Sample* find(const Snapshot& snapshot, const std::string& metric) {
  for (const Sample& sample : snapshot.samples) {
    if (sample.metric == metric) return &sample;
  }
  ADD_FAILURE() << "there is no " << metric;
  return nullptr;
}

std::string problem_of(Client& client) {
  const auto next = client.next();
  return !next ? "cancelled" : next->ok() ? "none" : next->error().message;
}

TEST_P(FeedClient, SeesWhatWasCollected) {
  Client client({.address = feed_.address()});
  const Snapshot snapshot = next_of(client);
  EXPECT_EQ(snapshot.unix_ns, kNow);
  EXPECT_EQ(snapshot.samples.size(), 5U);
  const Sample* const requests = find(snapshot, "requests_total");
  ASSERT_NE(requests, nullptr);
  EXPECT_EQ(requests->job, "shop");
  EXPECT_EQ(requests->labels, (Labels{{"instance", "host"}}));
  EXPECT_EQ(std::get<double>(requests->value), 7);
  const Sample* const depth = find(snapshot, "depth");
  ASSERT_NE(depth, nullptr);
  EXPECT_EQ(depth->labels, (Labels{{"instance", "host"}, {"queue", "in"}}));
  EXPECT_EQ(std::get<double>(depth->value), -2.5);
}

TEST_P(FeedClient, SeesHistogramsOfBothKindsAsBounds) {
  Client client({.address = feed_.address()});
  const Snapshot snapshot = next_of(client);
  const Sample* const latency = find(snapshot, "latency_seconds");
  ASSERT_NE(latency, nullptr);
  const auto& classic = std::get<Histogram>(latency->value);
  EXPECT_THAT(classic.bounds, ElementsAre(0.5, 1));
  EXPECT_THAT(classic.counts, ElementsAre(3, 2, 1));
  EXPECT_EQ(classic.sum, 4.5);
  const Sample* const sizes = find(snapshot, "sizes_bytes");
  ASSERT_NE(sizes, nullptr);
  const auto& native = std::get<Histogram>(sizes->value);
  EXPECT_EQ(native.count(), 7U);
  EXPECT_EQ(native.sum, 600);
  EXPECT_EQ(native.counts.size(), native.bounds.size() + 1);
  EXPECT_EQ(native.counts.front(), 2U);  // the zero bucket
}

TEST_P(FeedClient, SeesOneSnapshotAfterTheOther) {
  Client client({.address = feed_.address(), .interval = kSmallestInterval});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(next_of(client).samples.size(), 5U);
  }
}

TEST_P(FeedClient, SeesWhatItNames) {
  Client client(
      {.address = feed_.address(), .metrics = {"depth", "requests_total"}, .jobs = {"depot"}});
  const Snapshot snapshot = next_of(client);
  ASSERT_EQ(snapshot.samples.size(), 1U);
  EXPECT_EQ(snapshot.samples.at(0).metric, "depth");
}

TEST_P(FeedClient, ReadsSnapshotsOfAnySize) {
  feed_.answer_with(large_epoch());
  Client client({.address = feed_.address()});
  EXPECT_GT(next_of(client).samples.size(), 2'000U);
}

TEST_P(FeedClient, IsCancelledWhileItWaits) {
  Client client({.address = feed_.address(), .interval = std::chrono::hours(1)});
  next_of(client);
  std::thread other([&] { client.cancel(); });
  EXPECT_EQ(problem_of(client), "cancelled");
  other.join();
  EXPECT_EQ(problem_of(client), "cancelled");
}

TEST_P(FeedClient, IsCancelledBeforeItBegins) {
  Client client({.address = feed_.address()});
  client.cancel();
  EXPECT_EQ(problem_of(client), "cancelled");
}

TEST_P(FeedClient, SaysThatTheAgentStops) {
  Client client({.address = feed_.address(), .interval = std::chrono::hours(1)});
  next_of(client);
  feed_.server().stop();
  EXPECT_THAT(problem_of(client), HasSubstr("the agent stops"));
}

TEST_P(FeedClient, SaysThatThereAreNoMetrics) {
  feed_.answer_with(Error{"not yet"});
  Client client({.address = feed_.address()});
  EXPECT_THAT(problem_of(client), HasSubstr("no complete metrics at the moment"));
  EXPECT_THAT(problem_of(client), HasSubstr("no complete metrics at the moment"));
}

TEST_P(FeedClient, SaysWhyItIsRefused) {
  Client client({.address = feed_.address(), .interval = std::chrono::milliseconds(1)});
  EXPECT_THAT(problem_of(client), HasSubstr("refused: the interval is from 20 ms"));
}

TEST_P(FeedClient, SaysThatNoAgentAnswersAndTriesAgainAnew) {
  const std::string address = feed_.address();
  feed_.server().stop();
  Client client({.address = address});
  EXPECT_THAT(problem_of(client), HasSubstr("no agent answers at " + address));
  RunningFeed again(usual_options(address));
  Client second({.address = address});
  EXPECT_EQ(next_of(second).samples.size(), 5U);
}

TEST(FeedClientAddress, IsOnTheSameHost) {
  Client other({.address = "example.org:1"});
  EXPECT_THAT(problem_of(other), HasSubstr("on its own host"));
  Client none({.address = "feed"});
  EXPECT_THAT(problem_of(none), HasSubstr("the port is missing"));
}

}  // namespace
}  // namespace shmx::feed
