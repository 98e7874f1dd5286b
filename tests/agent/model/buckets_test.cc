// Common buckets, and where those of a process go.
#include "agent/model/buckets.h"

#include <gtest/gtest.h>

namespace shmx::model {
namespace {

using Slots = std::vector<std::uint32_t>;

Buckets classic(Bounds bounds) {
  return {std::move(bounds)};
}

// Buckets above 1, 2 and so on of schema 0: bounds 2, 4, ... 2^count.
NativeBuckets octaves(std::uint32_t count) {
  return {0, 1, count, false};
}

TEST(Buckets, InCommonAreTheBoundsOfBoth) {
  EXPECT_EQ(common(classic({1, 2, 3}), classic({2, 3, 4})), classic({2, 3}));
  EXPECT_EQ(common(classic({1, 2}), classic({3})), classic({}));
  EXPECT_EQ(common(classic({}), classic({3})), classic({}));
}

TEST(Buckets, InCommonAreNativeOnesWhereBothHaveThem) {
  const Buckets both{{1, 2}, octaves(2)};
  const Buckets native{{}, octaves(3)};
  EXPECT_EQ(common(both, native), (Buckets{{}, octaves(2)}));
  EXPECT_EQ(common(both, (Buckets{{2, 3}, octaves(2)})), (Buckets{{2}, octaves(2)}));
  EXPECT_EQ(common(both, classic({2, 3})), classic({2}));
  EXPECT_EQ(common(native, classic({2, 3})), classic({}));
}

TEST(Buckets, AClassicBucketGoesToTheCommonOneThatHoldsIt) {
  EXPECT_EQ(slot_map(classic({1, 2, 3}), classic({2})), (Slots{0, 0, 1, 1, 2}));
  EXPECT_EQ(slot_map(classic({1, 2}), classic({1, 2})), (Slots{0, 1, 2, 3}));
  EXPECT_EQ(slot_map(classic({1, 2}), classic({})), (Slots{0, 0, 0, 1}));
  EXPECT_EQ(slot_map(classic({}), classic({})), (Slots{0, 1}));
}

TEST(Buckets, EachObservationIsCountedInOneKindOfBucketsOnly) {
  const Buckets both{{1, 2}, octaves(2)};  // 3 classic, 4 native, the sum
  EXPECT_EQ(slot_map(both, both), (Slots{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(slot_map(both, (Buckets{{2}, octaves(2)})), (Slots{0, 0, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(slot_map(both, (Buckets{{}, octaves(2)})),
            (Slots{kNowhere, kNowhere, kNowhere, 0, 1, 2, 3, 4}));
  EXPECT_EQ(slot_map(both, classic({2})),
            (Slots{0, 0, 1, kNowhere, kNowhere, kNowhere, kNowhere, 2}));
  EXPECT_EQ(slot_map({{}, octaves(2)}, classic({})), (Slots{0, 0, 0, 0, 1}));
}

TEST(Buckets, NativeOnesOfAHigherSchemaGoToThoseThatHoldThem) {
  const NativeBuckets halves{1, 1, 4, false};  // sqrt(2), 2, 2 sqrt(2), 4
  EXPECT_EQ(slot_map({{}, halves}, {{}, octaves(2)}), (Slots{0, 1, 1, 2, 2, 3, 4}));
}

TEST(Buckets, ACountMayChangeOnlyWhereTheCellsAreOthers) {
  const Buckets both{{1}, octaves(2)};
  const Buckets native{{}, octaves(2)};
  EXPECT_TRUE(keeps_count(both, native));
  EXPECT_TRUE(keeps_count(native, classic({})));
  EXPECT_TRUE(keeps_count(classic({1, 2}), classic({1})));
  EXPECT_FALSE(keeps_count(both, classic({1})));
}

}  // namespace
}  // namespace shmx::model
