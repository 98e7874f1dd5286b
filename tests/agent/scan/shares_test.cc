// Directories with shares of their own of what can be held open: what is done in one changes
// nothing in another.
#include "tests/agent/scan/scanning.h"

namespace shmx::scan {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::SizeIs;

constexpr uid_t kHostile = 65534;

TEST(Shares, AreWhatIsWantedAndEqualPartsOfTheRest) {
  EXPECT_THAT(shares_of(100, {std::nullopt, std::nullopt}), ElementsAre(50, 50));
  EXPECT_THAT(shares_of(100, {40, std::nullopt, std::nullopt}), ElementsAre(40, 30, 30));
  EXPECT_THAT(shares_of(100, {70, 30}), ElementsAre(70, 30));
  EXPECT_THAT(shares_of(100, {}), IsEmpty());
}

TEST(Shares, AreNoMoreTogetherThanThereIsAndTheModestHaveWhatTheyWant) {
  EXPECT_THAT(shares_of(108, {100, 100}), ElementsAre(54, 54));
  EXPECT_THAT(shares_of(108, {4'194'304, 10}), ElementsAre(98, 10));
  EXPECT_THAT(shares_of(108, {60, std::nullopt, 10, 60}), ElementsAre(48, 1, 10, 49));
  EXPECT_THAT(shares_of(100, {200, std::nullopt}), ElementsAre(99, 1));
  EXPECT_THAT(shares_of(1, {200, std::nullopt, 5}), ElementsAre(1, 1, 1)) << "never none";
}

class Shared : public ScannerOfFiles {
 protected:
  /// Two directories: "a" of the first share, "b" of the second.
  void start_two(BudgetLimits limits) {
    for (const std::string name : {"a", "b"}) {
      ASSERT_EQ(::mkdir(directory_.file(name).c_str(), 0700), 0);
    }
    start_anew(std::move(limits), {0, 1});
  }

  void start_anew(BudgetLimits limits, std::vector<std::size_t> shares) {
    ScannerConfig config{{directory_.file("a"), directory_.file("b")},
                         layout::kMaxSegmentBytes,
                         [this](const std::string& line) { log_.push_back(line); },
                         std::move(limits),
                         [this] { return now_ += step_; }};
    config.shares = std::move(shares);
    config.refused = [this](const RefusedFile& file) {
      told_.push_back(file.path.substr(directory_.path().size() + 1) + " " +
                      std::string(file.reason));
    };
    scanner_ = std::make_unique<Scanner>(std::move(config));
  }

  std::vector<std::string> told_;
};

/// Two directories of one share.
class SharedByTwo : public Shared {
 protected:
  void start_two(const BudgetLimits& limits) {
    Shared::start_two(limits);
    start_anew(limits, {0, 0});
  }
};

TEST_F(SharedByTwo, AStartAnewAdmitsTheSameWhicheverWasUsedUpFirst) {
  const BudgetLimits limits{.live_per_owner = 100, .live = 6};
  start_two(limits);
  const auto before = live_ones("b/x", 6);
  scanner_->rescan();
  EXPECT_THAT(appeared(), ElementsAre("x0.shmx", "x1.shmx", "x2.shmx"));
  const auto after = live_ones("a/y", 2);
  scanner_->drain();
  EXPECT_THAT(appeared(), ElementsAre("y0.shmx", "y1.shmx"));
  EXPECT_EQ(scanner_->held(0), 5U);
  start_anew(limits, {0, 0});
  scanner_->rescan();
  EXPECT_THAT(appeared(), ElementsAre("y0.shmx", "y1.shmx", "x0.shmx", "x1.shmx", "x2.shmx"));
}

TEST_F(SharedByTwo, AStartAnewAdmitsTheSameOfAUserWhoseLimitIsReached) {
  const BudgetLimits limits{.live_per_owner = 2, .live = 100};
  start_two(limits);
  const auto before = live_ones("b/x", 2, kHostile);
  scanner_->rescan();
  EXPECT_THAT(appeared(), ElementsAre("x0.shmx", "x1.shmx"));
  const auto after = live_ones("a/y", 2, kHostile);
  scanner_->drain();
  appeared();
  start_anew(limits, {0, 0});
  scanner_->rescan();
  EXPECT_THAT(appeared(), IsSupersetOf({"x0.shmx", "x1.shmx"}));
}

TEST_F(SharedByTwo, ASegmentThatIsMovedToTheOtherKeepsTheRoomThatItTook) {
  start_two({.live_per_owner = 100, .live = 2});
  const auto writer = live("b/x.shmx");
  scanner_->rescan();
  EXPECT_THAT(appeared(), ElementsAre("x.shmx"));
  ASSERT_EQ(::rename(directory_.file("b/x.shmx").c_str(), directory_.file("a/x.shmx").c_str()), 0);
  scanner_->rescan();
  EXPECT_EQ(scanner_->find(ids_[0])->place, 0U);
  const auto more = live_ones("b/y", 1);
  const auto room = live_ones("a/z", 1);
  scanner_->drain();
  EXPECT_THAT(appeared(), ElementsAre("z0.shmx"));
  ASSERT_TRUE(scanner_->remove(ids_[0]));
  scanner_->drain();
  EXPECT_THAT(appeared(), ElementsAre("y0.shmx")) << "there is room where it was found";
}

TEST_F(Shared, OneThatIsUsedUpLeavesTheOtherItsOwn) {
  start_two({.live_per_owner = 100, .live = 100, .shares = {2, 2}});
  const auto greedy = live_ones("a/greedy", 5, kHostile);
  const auto modest = live_ones("b/modest", 2, kHostile);
  scanner_->rescan();
  EXPECT_THAT(appeared(),
              ElementsAre("greedy0.shmx", "greedy1.shmx", "modest0.shmx", "modest1.shmx"));
  EXPECT_EQ(refused("budget"), 3U);
  EXPECT_EQ(scanner_->held(0), 2U);
  EXPECT_EQ(scanner_->held(1), 2U);
}

TEST_F(Shared, AUserHasItsLimitInEach) {
  start_two({.live_per_owner = 1, .live = 100, .shares = {50, 50}});
  const auto first = live_ones("a/x", 2, kHostile);
  const auto second = live_ones("b/y", 2, kHostile);
  scanner_->rescan();
  EXPECT_THAT(appeared(), ElementsAre("x0.shmx", "y0.shmx"));
}

TEST_F(Shared, WhoWaitsForRoomInOneIsNotOvertakenAndHoldsUpNobodyInTheOther) {
  start_two({.live_per_owner = 100, .live = 100, .shares = {1, 5}});
  const auto waiting = live_ones("a/x", 2, kHostile);
  scanner_->rescan();
  EXPECT_THAT(appeared(), ElementsAre("x0.shmx"));
  const auto newcomer = live("b/new.shmx", kHostile);
  scanner_->drain();
  EXPECT_THAT(appeared(), ElementsAre("new.shmx"));
  ASSERT_TRUE(scanner_->remove(ids_[0]));
  scanner_->rescan();
  EXPECT_THAT(appeared(), ElementsAre("x1.shmx"));
}

TEST_F(Shared, TheDeadOfOneAreNotWaitedForInTheOther) {
  start_two({.live_per_owner = 100, .live = 100, .shares = {50, 50}});
  dead_ones("a/dead", 2 * kMaxDeadHeld);
  dead_ones("b/dead", 3);
  scanner_->rescan();
  EXPECT_THAT(appeared(), SizeIs(kMaxDeadHeld / 2 + 3));
  EXPECT_EQ(scanner_->pending(), 2 * kMaxDeadHeld - kMaxDeadHeld / 2);
}

TEST_F(Shared, ASegmentThatIsMovedToTheOtherStaysWhereItWasCounted) {
  start_two({.live_per_owner = 100, .live = 100, .shares = {1, 1}});
  const auto writer = live("a/x.shmx", kHostile);
  scanner_->rescan();
  EXPECT_THAT(appeared(), ElementsAre("x.shmx"));
  ASSERT_EQ(::rename(directory_.file("a/x.shmx").c_str(), directory_.file("b/y.shmx").c_str()), 0);
  scanner_->rescan();
  EXPECT_THAT(appeared(), IsEmpty());
  EXPECT_EQ(scanner_->find(ids_[0])->place, 0U);
  EXPECT_EQ(refused("hard_link"), 1U);
  EXPECT_EQ(scanner_->held(0), 1U);
  EXPECT_EQ(scanner_->held(1), 0U);
}

TEST_F(Shared, WhatIsRefusedIsToldOnceWithItsPath) {
  start_two({.live_per_owner = 100, .live = 100, .shares = {1, 1}});
  directory_.write("a/notes.txt", "");
  directory_.write("b/dead.shmx", "no segment");
  for (int i = 0; i < 3; ++i) {
    scanner_->rescan();
    for (const FileId id : scanner_->take_appeared()) {
      scanner_->refuse(id, "not_a_segment", "");
    }
  }
  EXPECT_THAT(told_, ElementsAre("a/notes.txt foreign_name", "b/dead.shmx not_a_segment"));
}

TEST_F(Shared, AnIgnoredFileThatIsTakenUpStaysWhenItsWriterEnds) {
  start_two({.live_per_owner = 100, .live = 100, .shares = {2, 2}});
  auto writers = live_ones("a/x", 2, kHostile);
  scanner_->rescan();
  appeared();
  scanner_->ignore(ids_[0]);
  scanner_->ignore(ids_[1]);
  scanner_->take_up(ids_[1]);
  writers.clear();
  scanner_->rescan();
  EXPECT_EQ(scanner_->find(ids_[0]), nullptr) << "ignored, dead and removed";
  EXPECT_NE(scanner_->find(ids_[1]), nullptr);
}

}  // namespace
}  // namespace shmx::scan
