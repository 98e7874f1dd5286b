// Snapshot messages as bytes.
#include "agent/feed/messages.h"

#include <gmock/gmock.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <shmx/v1/metrics_feed.pb.h>

#include <vector>

#include "tests/agent/feed/running_feed.h"

namespace shmx::feed {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kEnough = std::size_t{1} << 20;

v1::Snapshot decoded(grpc::ByteBuffer message) {
  v1::Snapshot snapshot;
  EXPECT_TRUE(grpc::SerializationTraits<v1::Snapshot>::Deserialize(&message, &snapshot).ok());
  return snapshot;
}

class FeedMessages : public ::testing::Test {
 protected:
  const std::shared_ptr<const model::Epoch> epoch_ = usual_epoch();
  const model::Scope all_{};
  const otlp::Options mapping_{};
};

TEST_F(FeedMessages, AreSharedByEqualFilters) {
  Messages messages(epoch_, mapping_, kNow, kEnough);
  const auto& first = messages.resource_metrics(all_, {{"depth"}, {}});
  const auto& second = messages.resource_metrics(all_, {{"depth"}, {}});
  const auto& other = messages.resource_metrics(all_, {{"requests_total"}, {}});
  EXPECT_EQ(first.value().begin(), second.value().begin());
  EXPECT_NE(first.value().begin(), other.value().begin());
  std::vector<grpc::Slice> slices;
  ASSERT_TRUE(message_of(first.value(), 3).Dump(&slices).ok());
  EXPECT_EQ(slices.at(0).begin(), first.value().begin());  // Not a copy.
}

TEST_F(FeedMessages, TellWhatWasSkipped) {
  Messages messages(epoch_, mapping_, kNow, kEnough);
  const auto& bytes = messages.resource_metrics(all_, {});
  const v1::Snapshot snapshot = decoded(message_of(bytes.value(), 300));
  EXPECT_EQ(snapshot.skipped(), 300U);
  EXPECT_EQ(snapshot.resource_metrics_size(), 3);
  EXPECT_EQ(decoded(message_of(bytes.value(), 0)).skipped(), 0U);
}

TEST_F(FeedMessages, AreEmptyWhereNothingIsLeft) {
  Messages messages(epoch_, mapping_, kNow, kEnough);
  const auto& nothing = messages.resource_metrics(all_, {{"no_such_metric"}, {}});
  EXPECT_EQ(nothing.value().size(), 0U);
  EXPECT_EQ(decoded(message_of(nothing.value(), 0)).ByteSizeLong(), 0U);
}

TEST_F(FeedMessages, OfMoreThanTheLimitAreRefused) {
  const std::size_t size =
      Messages(epoch_, mapping_, kNow, kEnough).resource_metrics(all_, {}).value().size();
  for (const std::size_t limit : {size - 1, std::size_t{1}}) {
    Messages messages(epoch_, mapping_, kNow, limit);
    const auto& refused = messages.resource_metrics(all_, {});
    ASSERT_FALSE(refused.ok()) << limit;
    EXPECT_EQ(refused.error().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_THAT(refused.error().error_message(), HasSubstr("ask for fewer metrics or jobs"));
  }
}

}  // namespace
}  // namespace shmx::feed
