// Options to plans: defaults, modes, and the labels that are refused.
#include "shim/rpc_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "shm/registry.h"

namespace shmx {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::uint64_t refused() {
  return losses()[static_cast<std::size_t>(layout::Loss::registrations_dropped)];
}

TEST(Plan, HasNoHistogramsByDefault) {
  const RpcPlan server = plan_of(ServerOptions());
  EXPECT_FALSE(server.handling || server.sent_bytes || server.in_flight || server.code_on_handling);
  const RpcPlan client = plan_of(ClientOptions());
  EXPECT_FALSE(client.handling || client.receive || client.send || client.sent_bytes);
}

TEST(Plan, AlwaysMeasuresLatencyInModePythonLegacyAndNeverMessages) {
  ClientOptions options;
  options.mode = Mode::python_legacy;
  options.client_stream_receive_time_histogram = true;
  options.client_stream_send_time_histogram = true;
  const RpcPlan plan = plan_of(options);
  EXPECT_TRUE(plan.handling);
  EXPECT_FALSE(plan.receive);
  EXPECT_FALSE(plan.send);
}

TEST(Plan, TakesTheModesBucketsUnlessGivenOthers) {
  ClientOptions options;
  options.mode = Mode::java;
  options.send_buckets = {1, 2};
  const RpcPlan plan = plan_of(options);
  EXPECT_EQ(plan.handling_buckets.bounds.front(), .001);
  EXPECT_THAT(plan.send_buckets.bounds, ElementsAre(1, 2));
}

TEST(Plan, TakesTheKindOfBucketsOfEachHistogramAndTheRangeOfItsUnit) {
  ClientOptions options;
  const RpcPlan plain = plan_of(options);
  for (const BucketPlan& buckets :
       {plain.handling_buckets, plain.receive_buckets, plain.send_buckets, plain.size_buckets}) {
    EXPECT_EQ(buckets.kind, BucketKind::classic);
  }
  options.handling_bucket_kind = BucketKind::native;
  options.receive_bucket_kind = BucketKind::both;
  options.message_bytes_bucket_kind = BucketKind::native;
  options.native_seconds.schema = 5;
  options.native_bytes.largest = 0x1p20;
  const RpcPlan plan = plan_of(options);
  EXPECT_EQ(plan.handling_buckets.kind, BucketKind::native);
  EXPECT_EQ(plan.receive_buckets.kind, BucketKind::both);
  EXPECT_EQ(plan.send_buckets.kind, BucketKind::classic);
  EXPECT_EQ(plan.size_buckets.kind, BucketKind::native);
  EXPECT_EQ(plan.handling_buckets.native, options.native_seconds);
  EXPECT_EQ(plan.receive_buckets.native, options.native_seconds);
  EXPECT_EQ(plan.send_buckets.native, options.native_seconds);
  EXPECT_EQ(plan.size_buckets.native, options.native_bytes);
  EXPECT_NE(plan, plain);
}

TEST(Plan, OfEqualOptionsIsEqual) {
  ServerOptions options;
  options.constant_labels = {{"zone", "a"}};
  EXPECT_EQ(plan_of(options), plan_of(options));
  ServerOptions other = options;
  other.constant_labels[0].value = "b";
  EXPECT_NE(plan_of(options), plan_of(other));
}

TEST(Plan, IsEqualToItselfWhateverNumbersAreGiven) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  ClientOptions options;
  for (std::vector<double>* bounds : {&options.handling_buckets, &options.receive_buckets,
                                      &options.send_buckets, &options.message_bytes_buckets}) {
    *bounds = {1, kNan};
  }
  for (NativeOptions* native : {&options.native_seconds, &options.native_bytes}) {
    *native = {.smallest = kNan, .largest = kNan};
  }
  // Else each interceptor with these options would have metrics of its own, for good.
  EXPECT_EQ(plan_of(options), plan_of(options));
}

TEST(ConstantLabels, AreRefusedAndCountedWhenTheirNamesAreTaken) {
  for (const char* name :
       {"grpc_type", "grpc_service", "grpc_method", "grpc_code", "code", "le", "quantile", "job",
        "instance", "tenant", "uid", "pid", "exported_job", "__name__", "otel_metric_overflow"}) {
    ServerOptions options;
    options.constant_labels = {{name, "x"}, {"zone", "a"}};
    const std::uint64_t before = refused();
    EXPECT_THAT(plan_of(options).constant_labels, ElementsAre(Label{"zone", "a"})) << name;
    EXPECT_EQ(refused() - before, 1U) << name;
  }
}

TEST(ConstantLabels, AreRefusedWhenTheyAreNotValid) {
  for (const Label& label :
       {Label{"", "x"}, Label{"9lives", "x"}, Label{"a-b", "x"}, Label{"a", "\xff"},
        Label{"a", std::string(layout::kMaxLabelValueBytes + 1, 'x')}}) {
    ServerOptions options;
    options.constant_labels = {label};
    EXPECT_THAT(plan_of(options).constant_labels, IsEmpty()) << label.name;
  }
}

TEST(ConstantLabels, AreRefusedBeyondWhatASeriesCanHave) {
  ServerOptions options;
  for (std::size_t i = 0; i < layout::kMaxLabels; ++i) {
    options.constant_labels.push_back({std::string("l").append(std::to_string(i)), ""});
  }
  EXPECT_EQ(plan_of(options).constant_labels.size(), kMaxExtraLabels);
}

TEST(MetadataLabels, HaveTheirKeysNameUnlessGivenOne) {
  ServerOptions options;
  options.metadata_labels = {{.key = "X-Tenant.Id"}, {.key = "user-agent", .label = "agent"}};
  const RpcPlan plan = plan_of(options);
  ASSERT_EQ(plan.metadata_labels.size(), 2U);
  EXPECT_EQ(plan.metadata_labels[0].key, "x-tenant.id");
  EXPECT_EQ(plan.metadata_labels[0].label, "x_tenant_id");
  EXPECT_EQ(plan.metadata_labels[1].label, "agent");
}

TEST(MetadataLabels, AreRefusedWhenTheirNamesAreTaken) {
  ServerOptions options;
  options.constant_labels = {{"zone", "a"}};
  options.metadata_labels = {{.key = "zone"},
                             {.key = "job"},
                             {.key = "code"},
                             {.key = "team"},
                             {.key = "x", .label = "team"}};
  const std::uint64_t before = refused();
  const RpcPlan plan = plan_of(options);
  ASSERT_EQ(plan.metadata_labels.size(), 1U);
  EXPECT_EQ(plan.metadata_labels[0].key, "team");
  EXPECT_EQ(refused() - before, 4U);
}

TEST(MetadataLabels, AreNeverLongerThanALabelValueMayBe) {
  ServerOptions options;
  options.metadata_labels = {{.key = "team", .max_value_bytes = 1 << 20}};
  EXPECT_EQ(plan_of(options).metadata_labels[0].max_value_bytes, layout::kMaxLabelValueBytes);
}

}  // namespace
}  // namespace shmx
