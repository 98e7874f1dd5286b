// What is held counts until nobody has it any more.
#include "agent/main/held_bytes.h"

#include <gtest/gtest.h>

namespace shmx {
namespace {

TEST(HeldBytes, CountsOnceHoweverManyShareIt) {
  HeldBytes held(100);
  auto first = held.hold(std::make_shared<int>(), 60);
  auto second = first;
  EXPECT_EQ(held.held(), 60U);
  first.reset();
  EXPECT_EQ(held.held(), 60U);
  second.reset();
  EXPECT_EQ(held.held(), 0U);
}

TEST(HeldBytes, RefusesWhatIsTooMuchTogether) {
  HeldBytes held(100);
  const auto first = held.hold(std::make_shared<int>(), 60);
  EXPECT_TRUE(held.hold(std::make_shared<int>(), 40));
  EXPECT_FALSE(held.hold(std::make_shared<int>(), 41));
  EXPECT_EQ(held.held(), 60U);
}

TEST(HeldBytes, APageThatIsLargerThanAllMayBeIsHeldAlone) {
  HeldBytes held(100);
  auto large = held.hold(std::make_shared<int>(), 1000);
  EXPECT_TRUE(large);
  EXPECT_FALSE(held.hold(std::make_shared<int>(), 1));
  large.reset();
  EXPECT_TRUE(held.hold(std::make_shared<int>(), 1));
}

TEST(HeldBytes, KeepsTheOwnerForAsLongAsItIsHeld) {
  const auto owner = std::make_shared<int>();
  HeldBytes held(100);
  auto handle = held.hold(owner, 1);
  EXPECT_EQ(owner.use_count(), 2);
  handle.reset();
  EXPECT_EQ(owner.use_count(), 1);
}

TEST(HeldBytes, WhatIsHeldMayOutliveIt) {
  std::shared_ptr<const void> handle;
  {
    HeldBytes held(100);
    handle = held.hold(std::make_shared<int>(), 1);
  }
  handle.reset();  // the sanitizers watch
}

}  // namespace
}  // namespace shmx
