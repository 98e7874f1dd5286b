// Common bounds, and where buckets go.
#include "agent/aggregate/bounds.h"

#include <gtest/gtest.h>

namespace shmx::aggregate {
namespace {

TEST(Bounds, InCommonAreThoseOfBoth) {
  EXPECT_EQ(common_bounds({1, 2, 3}, {2, 3, 4}), (Bounds{2, 3}));
  EXPECT_EQ(common_bounds({1, 2}, {3}), Bounds{});
  EXPECT_EQ(common_bounds({}, {3}), Bounds{});
}

TEST(Bounds, ABucketGoesToTheCommonOneThatHoldsIt) {
  EXPECT_EQ(bucket_map({1, 2, 3}, {2}), (std::vector<std::uint32_t>{0, 0, 1, 1}));
  EXPECT_EQ(bucket_map({1, 2}, {1, 2}), (std::vector<std::uint32_t>{0, 1, 2}));
  EXPECT_EQ(bucket_map({1, 2}, {}), (std::vector<std::uint32_t>{0, 0, 0}));
  EXPECT_EQ(bucket_map({}, {}), (std::vector<std::uint32_t>{0}));
}

}  // namespace
}  // namespace shmx::aggregate
