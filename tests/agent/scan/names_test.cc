// Names in bounded memory.
#include "agent/scan/names.h"

#include <gtest/gtest.h>

namespace shmx::scan {
namespace {

TEST(RefusedNames, AreKnownByNameAndFile) {
  RefusedNames names;
  names.put("a", 1, false);
  EXPECT_TRUE(names.contains("a", 1));
  EXPECT_FALSE(names.contains("a", 2));
  EXPECT_FALSE(names.contains("b", 1));
  names.erase("a");
  EXPECT_FALSE(names.contains("a", 1));
}

TEST(RefusedNames, ThatAListingDoesNotMeetAreForgotten) {
  RefusedNames names;
  names.put("gone", 1, false);
  names.put("stays", 2, false);
  names.begin_listing();
  EXPECT_TRUE(names.settles("stays", 2));
  names.put("new", 3, false);
  names.end_listing();
  EXPECT_FALSE(names.contains("gone", 1));
  EXPECT_TRUE(names.contains("stays", 2));
  EXPECT_TRUE(names.contains("new", 3));
}

TEST(RefusedNames, AreRememberedUpToALimit) {
  RefusedNames names;
  for (std::size_t i = 0; i < RefusedNames::kMaxRemembered + 100; ++i) {
    names.put(std::to_string(i), i, false);
  }
  EXPECT_EQ(names.size(), RefusedNames::kMaxRemembered);
  names.put("0", 7, true);  // There is room for what is there.
  EXPECT_TRUE(names.contains("0", 7));
}

TEST(RefusedNames, AreLookedAtAgainInSlicesSoThatEachHasItsTurn) {
  constexpr std::size_t kNames = 2 * RefusedNames::kMaxSecondLooks + 1;  // Three slices.
  RefusedNames names;
  for (std::size_t i = 0; i < kNames; ++i) {
    names.put(std::to_string(i), i, true);
  }
  std::vector<int> looks(kNames);
  for (int listing = 0; listing < 3; ++listing) {
    names.begin_listing();
    std::size_t now = 0;
    for (std::size_t i = 0; i < kNames; ++i) {
      const bool looked_at = !names.settles(std::to_string(i), i);
      now += looked_at ? 1 : 0;
      looks[i] += looked_at ? 1 : 0;
    }
    names.end_listing();
    EXPECT_LE(now, RefusedNames::kMaxSecondLooks);
    EXPECT_EQ(names.size(), kNames);
  }
  EXPECT_EQ(looks, std::vector<int>(kNames, 1));
}

TEST(NameQueue, GivesTheOldestFirstAndEachOnce) {
  NameQueue names(2);
  EXPECT_TRUE(names.push("a"));
  EXPECT_TRUE(names.push("b"));
  EXPECT_TRUE(names.push("a")) << "it is there";
  EXPECT_FALSE(names.push("c")) << "there is no room";
  EXPECT_TRUE(names.contains("b"));
  EXPECT_EQ(names.pop(), "a");
  EXPECT_FALSE(names.contains("a"));
  EXPECT_TRUE(names.push("c"));
  EXPECT_EQ(names.pop(), "b");
  EXPECT_EQ(names.pop(), "c");
  EXPECT_TRUE(names.empty());
}

}  // namespace
}  // namespace shmx::scan
