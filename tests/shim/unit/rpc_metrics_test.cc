// One RpcMetrics per plan, and the limits on what peers and generic clients can make it hold.
#include "shim/rpc_metrics.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace shmx {
namespace {

RpcPlan plan_named(const std::string& test) {
  RpcPlan plan;
  plan.constant_labels = {{"test", test}};
  return plan;
}

TEST(RpcMetrics, AreSharedByEqualPlansOnly) {
  EXPECT_EQ(&RpcMetrics::of(plan_named("one")), &RpcMetrics::of(plan_named("one")));
  EXPECT_NE(&RpcMetrics::of(plan_named("one")), &RpcMetrics::of(plan_named("two")));
}

TEST(RpcMetrics, CountMethodsThatCannotBeLabelsAsUnknown) {
  RpcMetrics& metrics = RpcMetrics::of(plan_named("invalid"));
  EXPECT_EQ(&metrics.method("/\xff/M", RpcType::unary), &metrics.unknown(RpcType::unary));
  const std::string huge = "/s/" + std::string(layout::kMaxLabelValueBytes + 1, 'x');
  EXPECT_EQ(&metrics.method(huge, RpcType::unary), &metrics.unknown(RpcType::unary));
}

TEST(RpcMethod, HasOneSetOfSeriesWithoutMetadataLabels) {
  RpcMethod& method = RpcMetrics::of(plan_named("plain")).method("/s/M", RpcType::unary);
  MethodSeries* const series = method.series();
  ASSERT_NE(series, nullptr);
  EXPECT_EQ(method.series(), series);
}

TEST(RpcMethod, HasOneSetOfSeriesPerSetOfMetadataValues) {
  RpcPlan plan = plan_named("labelled");
  plan.metadata_labels = {{.key = "team", .label = "team"}, {.key = "user", .label = "user"}};
  RpcMethod& method = RpcMetrics::of(plan).method("/s/M", RpcType::unary);
  MethodSeries* const red = method.labelled_series({"red", "ann"});
  ASSERT_NE(red, nullptr);
  EXPECT_EQ(method.labelled_series({"red", "ann"}), red);
  EXPECT_NE(method.labelled_series({"red", "bob"}), red);
  EXPECT_EQ(method.series(), method.labelled_series({"", ""}));
}

TEST(RpcMethod, BoundsTheSetsOfMetadataValues) {
  RpcPlan plan = plan_named("bounded");
  plan.metadata_labels = {{.key = "a", .label = "a"}, {.key = "b", .label = "b"}};
  RpcMethod& method = RpcMetrics::of(plan).method("/s/M", RpcType::unary);
  std::set<MethodSeries*> all;
  for (int a = 0; a < 100; ++a) {
    for (int b = 0; b < 100; ++b) {
      const std::string first = std::to_string(a);
      const std::string second = std::to_string(b);
      all.insert(method.labelled_series({first, second}));
    }
  }
  EXPECT_EQ(all.size(), kMaxLabelledSeries + 1);
  EXPECT_FALSE(all.contains(nullptr));
}

}  // namespace
}  // namespace shmx
