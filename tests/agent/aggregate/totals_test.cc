// Slots and their reuse.
#include "agent/aggregate/totals.h"

#include <gtest/gtest.h>

#include <iterator>
#include <map>
#include <vector>

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

TEST(Slots, OfEveryLengthAreUsedAgain) {
  SlotAllocator slots;
  slots.allocate(1);
  for (std::uint32_t length = 1; length < 300; ++length) {
    std::vector<Slot> runs;
    for (std::uint32_t used = 0; used + length <= 3'000; used += length) {
      runs.push_back(slots.allocate(length));
    }
    EXPECT_LE(slots.size(), 3'001U);
    for (std::size_t i = 0; i < runs.size(); i += 2) {
      slots.release(runs[i], length);
    }
    for (std::size_t i = 1; i < runs.size(); i += 2) {
      slots.release(runs[i], length);
    }
  }
  EXPECT_EQ(slots.size(), 1U);
}

TEST(Slots, AreNobodyElsesWhileTheyAreUsed) {
  SlotAllocator slots;
  std::map<Slot, std::uint32_t> used;
  for (std::uint32_t i = 0; i < 5'000; ++i) {
    const std::uint32_t length = 1 + i * 7 % 13;
    const Slot first = slots.allocate(length);
    const auto next = used.lower_bound(first);
    ASSERT_TRUE(next == used.end() || first + length <= next->first);
    ASSERT_TRUE(next == used.begin() || std::prev(next)->first + std::prev(next)->second <= first);
    used.emplace(first, length);
    if (i % 3 != 0) {
      const auto one =
          std::next(used.begin(), static_cast<long>(std::size_t{i} * 31 % used.size()));
      slots.release(one->first, one->second);
      used.erase(one);
    }
  }
}

}  // namespace
}  // namespace shmx::aggregate
