// The standard services beside the feed, by hand-assembled bytes: server reflection and health.
#include <gmock/gmock.h>

#include "tests/agent/feed/calls.h"
#include "tests/agent/feed/running_feed.h"

namespace shmx::feed {
namespace {

using ::testing::HasSubstr;

constexpr const char* kReflection =
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
constexpr const char* kCheck = "/grpc.health.v1.Health/Check";

/// A field of type string, with a number below 16.
std::string field(unsigned number, const std::string& text) {
  return std::string(1, static_cast<char>(number << 3U | 2U)) + static_cast<char>(text.size()) +
         text;
}

TEST(FeedReflection, ListsTheService) {
  const RunningFeed feed;
  std::string answer;
  const grpc::Status status = call_raw(feed.address(), kReflection, field(7, ""), answer);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_THAT(answer, HasSubstr(field(1, "shmx.v1.MetricsFeed")));
  EXPECT_THAT(answer, HasSubstr(field(1, "grpc.health.v1.Health")));
}

TEST(FeedReflection, HasTheMessagesWithAllTheyImport) {
  const RunningFeed feed;
  std::string answer;
  ASSERT_TRUE(call_raw(feed.address(), kReflection, field(4, "shmx.v1.MetricsFeed"), answer).ok());
  EXPECT_THAT(answer, HasSubstr("shmx/v1/metrics_feed.proto"));
  EXPECT_THAT(answer, HasSubstr("opentelemetry/proto/metrics/v1/metrics.proto"));
  EXPECT_THAT(answer, HasSubstr("SubscribeRequest"));
}

TEST(FeedHealth, IsServing) {
  const RunningFeed feed;
  for (const std::string service : {"", "shmx.v1.MetricsFeed"}) {
    std::string answer;
    const grpc::Status status = call_raw(feed.address(), kCheck, field(1, service), answer);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(answer, "\x08\x01") << service;  // status: SERVING
  }
}

TEST(FeedHealth, KnowsNoOtherService) {
  const RunningFeed feed;
  std::string answer;
  EXPECT_EQ(call_raw(feed.address(), kCheck, field(1, "other"), answer).error_code(),
            grpc::StatusCode::NOT_FOUND);
}

}  // namespace
}  // namespace shmx::feed
