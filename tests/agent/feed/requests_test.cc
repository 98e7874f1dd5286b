// What may be asked for.
#include "agent/feed/requests.h"

#include <gmock/gmock.h>
#include <shmx/v1/metrics_feed.pb.h>

#include "agent/feed/grpc_process.h"

namespace shmx::feed {
namespace {

using std::chrono::hours;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

grpc::ByteBuffer buffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

Result<Request, grpc::Status> subscribe(const v1::SubscribeRequest& request) {
  return read_subscribe(buffer(request.SerializeAsString()), {});
}

Result<Request, grpc::Status> with_interval(std::int64_t whole, std::int32_t nanos) {
  v1::SubscribeRequest request;
  request.mutable_interval()->set_seconds(whole);
  request.mutable_interval()->set_nanos(nanos);
  return subscribe(request);
}

TEST(FeedRequest, IsEverythingOnceOrEveryTenSecondsWhenNothingIsSaid) {
  const auto once = read_get(buffer(""));
  EXPECT_EQ(once.value().filter, Filter());
  EXPECT_EQ(once.value().interval, nanoseconds(0));
  EXPECT_EQ(subscribe({}).value().interval, seconds(10));
}

TEST(FeedRequest, HasAnIntervalFromASecondToAnHour) {
  EXPECT_EQ(with_interval(1, 0).value().interval, seconds(1));
  EXPECT_EQ(with_interval(1, 500'000'000).value().interval, nanoseconds(1'500'000'000));
  EXPECT_EQ(with_interval(3600, 0).value().interval, hours(1));
  for (const auto& [whole, nanos] : std::initializer_list<std::pair<std::int64_t, std::int32_t>>{
           {0, 0},
           {0, 999'999'999},
           {3600, 1},
           {3601, 0},
           {-1, 0},
           {5, -1},
           {5, 1'000'000'000},
           {std::numeric_limits<std::int64_t>::max(), 0},
           {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int32_t>::min()}}) {
    const auto refused = with_interval(whole, nanos);
    ASSERT_FALSE(refused.ok()) << whole << " " << nanos;
    EXPECT_EQ(refused.error().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(refused.error().error_message(), "the interval is from 1 s to 3600 s, or not given");
  }
}

TEST(FeedRequest, HasItsNamesInOrderAndOnce) {
  v1::SubscribeRequest request;
  for (const char* name : {"b", "a", "b"}) {
    request.mutable_filter()->add_metrics(name);
    request.mutable_filter()->add_jobs(std::string(name) + "_job");
  }
  const Filter filter = subscribe(request).value().filter;
  EXPECT_THAT(filter.metrics, ElementsAre("a", "b"));
  EXPECT_THAT(filter.jobs, ElementsAre("a_job", "b_job"));
}

TEST(FeedRequest, HasAtMostSoManyNames) {
  const std::string name = "a";
  v1::GetRequest metrics;
  v1::GetRequest jobs;
  for (std::size_t i = 0; i < kMaxFilterNames; ++i) {
    metrics.mutable_filter()->add_metrics(name);
    jobs.mutable_filter()->add_jobs(name);
  }
  EXPECT_TRUE(read_get(buffer(metrics.SerializeAsString())).ok());
  EXPECT_TRUE(read_get(buffer(jobs.SerializeAsString())).ok());
  metrics.mutable_filter()->add_metrics(name);
  jobs.mutable_filter()->add_jobs(name);
  for (const v1::GetRequest& request : {metrics, jobs}) {
    const auto refused = read_get(buffer(request.SerializeAsString()));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(refused.error().error_message(), HasSubstr("at most 256 metrics"));
  }
}

TEST(FeedRequest, HasNamesOfAtMostSoManyBytes) {
  v1::SubscribeRequest request;
  request.mutable_filter()->add_jobs(std::string(kMaxFilterNameBytes, 'x'));
  EXPECT_TRUE(subscribe(request).ok());
  request.mutable_filter()->add_jobs(std::string(kMaxFilterNameBytes + 1, 'x'));
  EXPECT_THAT(subscribe(request).error().error_message(), HasSubstr("at most 1024 bytes"));
}

TEST(FeedRequest, ThatCannotBeReadSaysWhatWasExpected) {
  set_up_grpc();
  for (const std::string& bytes : {std::string("\x0a\x05"), std::string("\x0a\x03\x0a\x01\xff")}) {
    EXPECT_THAT(read_get(buffer(bytes)).error().error_message(), HasSubstr("shmx.v1.GetRequest"));
    const auto refused = read_subscribe(buffer(bytes), {});
    EXPECT_EQ(refused.error().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(refused.error().error_message(), HasSubstr("shmx.v1.SubscribeRequest"));
  }
}

}  // namespace
}  // namespace shmx::feed
