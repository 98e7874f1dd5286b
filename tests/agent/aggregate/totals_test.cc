// Slots and their reuse.
#include "agent/aggregate/totals.h"

#include <gtest/gtest.h>

namespace shmx::aggregate {
namespace {

TEST(Totals, AReusedSlotBeginsAtZero) {
  Totals totals;
  const Slot first = totals.allocate(3);
  totals.live(first) = 1;
  totals.retired(first + 2) = 5;
  totals.release(first, 3);
  const Slot again = totals.allocate(3);
  EXPECT_EQ(again, first);
  EXPECT_TRUE(totals.total(again) == 0 && totals.total(again + 2) == 0);
}

TEST(Totals, AnEpochForgetsTheLiveAndKeepsTheRetired) {
  Totals totals;
  const Slot slot = totals.allocate(1);
  totals.live(slot) = 3;
  totals.retired(slot) = 4;
  EXPECT_TRUE(totals.total(slot) == 7);
  totals.begin_epoch();
  EXPECT_TRUE(totals.total(slot) == 4);
}

}  // namespace
}  // namespace shmx::aggregate
