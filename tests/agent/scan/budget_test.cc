// How many live segments are held open, and that the dead ones never are too many.
#include "agent/scan/budget.h"

#include "tests/agent/scan/scanning.h"

namespace shmx::scan {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr uid_t kHostile = 65534;
constexpr uid_t kOther = 65533;

TEST(LiveSegments, FitBelowTheLimitsOfTheProcess) {
  EXPECT_EQ(live_segments_within(20'000, 65'530), 20'000 - kReservedDescriptors);
  EXPECT_EQ(live_segments_within(1'000'000, 65'530), 65'530 - kReservedMappings);
  EXPECT_EQ(live_segments_within(100, 65'530), 1U);
  EXPECT_LT(kMaxDeadHeld, kReservedDescriptors);
  EXPECT_LT(kMaxLivePerOwner, live_segments_within(65'536, 65'530) / 2)
      << "one user leaves room for others";
}

class Budgeted : public ScannerOfFiles {};

TEST_F(Budgeted, OneUserIsRefusedMoreAndOthersAreNot) {
  start({.live_per_owner = 3, .live = 100});
  const auto hostile = live_ones("hostile", 5, kHostile);
  const auto other = live_ones("other", 2, kOther);
  scanner_->rescan();
  EXPECT_THAT(appeared(), ElementsAre("hostile0.shmx", "hostile1.shmx", "hostile2.shmx",
                                      "other0.shmx", "other1.shmx"));
  EXPECT_TRUE(scanner_->complete()) << "whoever is refused does not keep the page from the others";
  for (int i = 0; i < 3; ++i) {
    scanner_->rescan();
  }
  EXPECT_EQ(refused("budget"), 2U) << "counted once";
  EXPECT_THAT(appeared(), IsEmpty());
}

TEST_F(Budgeted, AllTogetherAreBounded) {
  start({.live_per_owner = 10, .live = 3});
  const auto hostile = live_ones("a", 2, kHostile);
  const auto other = live_ones("b", 2, kOther);
  scanner_->rescan();
  EXPECT_THAT(appeared(), ElementsAre("a0.shmx", "a1.shmx", "b0.shmx"));
  EXPECT_EQ(refused("budget"), 1U);
}

TEST_F(Budgeted, WhatWasRefusedIsAdmittedInOrderWhenThereIsRoom) {
  start({.live_per_owner = 2, .live = 100});
  const auto writers = live_ones("a", 4, kHostile);
  scanner_->rescan();
  EXPECT_THAT(appeared(), ElementsAre("a0.shmx", "a1.shmx"));
  ASSERT_TRUE(scanner_->remove(ids_[1]));
  const auto newcomer = live("newcomer.shmx", kHostile);
  scanner_->drain();
  EXPECT_THAT(appeared(), ElementsAre("a2.shmx")) << "the newcomer does not overtake";
  ASSERT_TRUE(scanner_->remove(ids_[0]));
  scanner_->rescan();
  EXPECT_THAT(appeared(), ElementsAre("a3.shmx"));
}

TEST_F(Budgeted, OneThatWasRefusedIsFoundWhenItIsDead) {
  start({.live_per_owner = 1, .live = 100});
  auto writers = live_ones("a", 2, kHostile);
  scanner_->rescan();
  EXPECT_THAT(appeared(), ElementsAre("a0.shmx"));
  writers.pop_back();
  scanner_->drain();
  EXPECT_THAT(appeared(), ElementsAre("a1.shmx"));
}

TEST_F(Budgeted, WhatIsQuarantinedStaysInTheBudgetUntilItIsGone) {
  start({.live_per_owner = 1, .live = 100});
  const auto writers = live_ones("a", 2, kHostile);
  scanner_->rescan();
  EXPECT_THAT(appeared(), SizeIs(1));
  scanner_->ignore(ids_[0]);
  scanner_->rescan();
  EXPECT_THAT(appeared(), IsEmpty());
  ASSERT_EQ(::unlink(directory_.file("a0.shmx").c_str()), 0);
  scanner_->rescan();
  scanner_->drain();
  EXPECT_THAT(appeared(), ElementsAre("a1.shmx"));
}

TEST_F(Budgeted, TheDeadComeInTurnAndNoneIsRefused) {
  constexpr std::size_t kDead = 2 * kMaxDeadHeld + 10;
  start({.live_per_owner = 1, .live = 1});
  dead_ones("dead", kDead);
  const auto writer = live("live.shmx");
  scanner_->rescan();
  std::vector<std::string> names = appeared();
  EXPECT_THAT(names, SizeIs(kMaxDeadHeld + 1)) << "the live one does not wait for the dead";
  EXPECT_FALSE(scanner_->complete()) << "a page would be too low";
  EXPECT_TRUE(scanner_->listed());
  EXPECT_THAT(scanner_->problem(), ::testing::HasSubstr(std::to_string(kDead - kMaxDeadHeld)));
  scanner_->drain();
  EXPECT_THAT(appeared(), IsEmpty()) << "none of those before is done";
  EXPECT_FALSE(is_readable()) << "nor is there anything to do about it";

  std::size_t folded = 0;
  for (std::size_t done = 0; done < ids_.size(); ++done) {
    if (scanner_->find(ids_[done])->name == "live.shmx") {
      continue;
    }
    ASSERT_TRUE(scanner_->remove(ids_[done]));
    if (++folded % kMaxDeadHeld == 0) {
      EXPECT_TRUE(is_readable()) << "there is room for those that wait";
      scanner_->drain();
      appeared();
    }
  }
  EXPECT_EQ(folded, kDead);
  EXPECT_TRUE(scanner_->complete());
  EXPECT_THAT(directory_.names(), ElementsAre("live.shmx"));
  EXPECT_EQ(refused("budget"), 0U);
}

TEST_F(Budgeted, DeadOnesThatStayUnderOtherNamesTakeNoMoreRoomThanLiveOnes) {
  constexpr std::size_t kDead = kMaxDeadHeld + 10;
  start({.live_per_owner = 3, .live = 5});
  dead_ones("dead", kDead);
  for (std::size_t i = 0; i < kDead; ++i) {
    const std::string number = std::to_string(i);
    ASSERT_EQ(::link(directory_.file("dead" + number + ".shmx").c_str(),
                     directory_.file(".hidden" + number).c_str()),
              0);
  }
  const auto fold = [this] {
    for (const FileId id : scanner_->take_appeared()) {
      ids_.push_back(id);
      EXPECT_FALSE(scanner_->remove(id));
    }
  };
  for (int i = 0; i < 3; ++i) {
    scanner_->rescan();
    fold();
  }
  EXPECT_THAT(ids_, SizeIs(3));
  EXPECT_TRUE(scanner_->complete()) << scanner_->problem();
  EXPECT_EQ(scanner_->held(0), 3U);
  EXPECT_EQ(refused("budget"), kDead - 3) << "counted once";
  const auto other = live("other.shmx", kOther);
  directory_.write("single.shmx", "");
  scanner_->rescan();
  EXPECT_THAT(appeared(), ElementsAre("other.shmx", "single.shmx"));

  ASSERT_EQ(::unlink(directory_.file(".hidden0").c_str()), 0);
  for (int i = 0; i < 2; ++i) {
    scanner_->rescan();
    fold();
  }
  EXPECT_EQ(scanner_->find(ids_[0]), nullptr) << "gone";
  EXPECT_EQ(scanner_->find(ids_.back())->name, "dead3.shmx") << "in turn";
}

TEST_F(Budgeted, OnesThatAreNoSegmentsMakeRoomForThoseThatWait) {
  start();
  dead_ones("dead", kMaxDeadHeld + 1);
  scanner_->rescan();
  EXPECT_THAT(appeared(), SizeIs(kMaxDeadHeld));
  scanner_->drain();
  EXPECT_FALSE(is_readable());
  scanner_->refuse(ids_[0], "not_a_segment", "");
  EXPECT_TRUE(is_readable());
  scanner_->drain();
  EXPECT_THAT(appeared(), SizeIs(1));
}

TEST_F(Budgeted, DeadOnesThatComeLaterKeepNobodyFromThePage) {
  start();
  scanner_->rescan();
  dead_ones("dead", 2 * kMaxDeadHeld);
  scanner_->drain();
  EXPECT_THAT(appeared(), SizeIs(kMaxDeadHeld));
  EXPECT_TRUE(scanner_->complete());
  EXPECT_EQ(scanner_->pending(), kMaxDeadHeld);
}

}  // namespace
}  // namespace shmx::scan
