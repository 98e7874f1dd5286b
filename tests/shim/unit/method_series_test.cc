// The codes of a method: numbers that a peer invents cost a bounded number of series.
#include "shim/method_series.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "shim/rpc_families.h"
#include "shim/rpc_plan.h"
#include "shm/registry.h"

namespace shmx {
namespace {

std::uint64_t unplaced() {
  const auto all = losses();
  return all[static_cast<std::size_t>(layout::Loss::overflow_series)] +
         all[static_cast<std::size_t>(layout::Loss::registrations_dropped)];
}

TEST(MethodSeries, GiveInventedCodesNoMoreThanTheLimit) {
  const RpcPlan plan;
  const RpcFamilies families(plan);
  MethodSeries series(plan, families, RpcType::unary,
                      {{"grpc_type", "unary"}, {"grpc_service", "s"}, {"grpc_method", "codes"}});
  const std::uint64_t before = unplaced();
  // Without the limit these would be more series than a process may have.
  for (int code = 0; code < static_cast<int>(2 * kDefaultMaxSeries); ++code) {
    series.resolve(code);
    series.resolve(-code);
  }
  EXPECT_EQ(unplaced(), before);
}

TEST(MethodSeries, WantAClockOnlyForHistogramsOfSeconds) {
  RpcPlan plan;
  plan.side = Side::client;
  plan.size_buckets.bounds = {1};
  plan.sent_bytes = true;
  plan.receive = true;
  plan.receive_buckets.bounds = {1};
  const RpcFamilies families(plan);
  EXPECT_FALSE(MethodSeries(plan, families, RpcType::unary, {{"grpc_method", "u"}}).timed());
  EXPECT_TRUE(MethodSeries(plan, families, RpcType::bidi_stream, {{"grpc_method", "b"}}).timed());
}

}  // namespace
}  // namespace shmx
