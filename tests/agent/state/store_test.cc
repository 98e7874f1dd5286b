// What one agent stores is what the next one loads.
#include "agent/state/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/agent/state/states.h"

namespace shmx::state {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAreArray;

class StoreTest : public ::testing::Test {
 protected:
  Loaded after_restart() {
    store_.reset();
    store_ = store_in(directory_.path());
    return loaded(*store_);
  }

  testing::TemporaryDirectory directory_;
  std::unique_ptr<Store> store_ = store_in(directory_.path());
};

TEST_F(StoreTest, TheFirstStartHasNothing) {
  const Loaded first = loaded(*store_);
  EXPECT_EQ(first.opening, Opening::first);
  EXPECT_EQ(first.retired, model::Retired{});
  EXPECT_THAT(first.folded, IsEmpty());
}

TEST_F(StoreTest, WhatIsCommittedIsThereAtTheNextStart) {
  loaded(*store_);
  const Changes changes = some_changes();
  ASSERT_TRUE(store_->commit(changes));
  const Loaded next = after_restart();
  EXPECT_EQ(next.opening, Opening::loaded);
  EXPECT_EQ(next.retired, changes.retired.written);
  EXPECT_THAT(next.folded, UnorderedElementsAreArray(changes.folded));
  EXPECT_EQ(next.losses, changes.losses);
  EXPECT_EQ(next.last_id, 8);
}

TEST_F(StoreTest, DoingItTwiceIsDoingItOnce) {
  loaded(*store_);
  ASSERT_TRUE(store_->commit(some_changes()));
  ASSERT_TRUE(store_->commit(some_changes()));
  EXPECT_EQ(after_restart().retired, some_changes().retired.written);
}

TEST_F(StoreTest, RowsAreReplacedAndRemoved) {
  loaded(*store_);
  Changes changes = some_changes();
  ASSERT_TRUE(store_->commit(changes));
  Changes more;
  more.retired.written.series = {changes.retired.written.series[0]};
  more.retired.written.series[0].ticks = {77};
  more.retired.series_removed = {7, 8};
  more.retired.families_removed = {4, 5};
  more.retired.jobs_removed = {2};
  more.forgotten = {changes.folded[0]};
  ASSERT_TRUE(store_->commit(more));
  const Loaded next = after_restart();
  ASSERT_EQ(next.retired.series.size(), 1U);
  EXPECT_TRUE(next.retired.series[0].ticks[0] == 77);
  EXPECT_EQ(next.retired.families.size(), 1U);
  EXPECT_EQ(next.retired.jobs.size(), 1U);
  EXPECT_THAT(next.folded, ElementsAre(changes.folded[1]));
}

TEST_F(StoreTest, AnInodeThatIsUsedAgainIsTheNewFilesOnly) {
  loaded(*store_);
  Changes changes;
  changes.folded = {{5, 13, 0, {1}}};
  ASSERT_TRUE(store_->commit(changes));
  changes.forgotten = changes.folded;
  changes.folded = {{5, 13, 0, {2}}};
  ASSERT_TRUE(store_->commit(changes));
  EXPECT_THAT(after_restart().folded, ElementsAre(changes.folded[0]));
}

TEST_F(StoreTest, ALaterMinorWithMoreColumnsTablesAndKindsIsReadForWhatIsKnownAndKept) {
  loaded(*store_);
  ASSERT_TRUE(store_->commit(some_changes()));
  store_.reset();
  meddle(directory_.path(),
         "PRAGMA user_version = 65635; ALTER TABLE series ADD COLUMN exemplar BLOB;"
         "ALTER TABLE job ADD COLUMN shift TEXT NOT NULL DEFAULT 'default';"
         "UPDATE job SET shift = 'bank'; CREATE TABLE shift (id INTEGER);");
  store_ = store_in(directory_.path());
  EXPECT_EQ(loaded(*store_).retired, some_changes().retired.written);
  // Rolled back to this release and forward again: what it does not know is as it was.
  ASSERT_TRUE(store_->commit(some_changes()));
  store_.reset();
  meddle(directory_.path(),
         "CREATE TABLE proof (x CHECK (x = 2));"
         "INSERT INTO proof SELECT count(*) FROM job WHERE shift = 'bank'");
  EXPECT_EQ(after_restart().opening, Opening::loaded);
}

TEST_F(StoreTest, AJobThatLeavesTakesTheFamiliesOfALaterReleaseWithIt) {
  loaded(*store_);
  Changes changes = some_changes();
  changes.retired.written.families.push_back(
      {9, 1, {static_cast<FamilyKind>(9), GaugeMode::none, false, 1, "later", "", "", {}}});
  changes.retired.written.series.push_back({10, 9, {}, "", false, 0, {1, 2, 3}});
  ASSERT_TRUE(store_->commit(changes));
  EXPECT_EQ(after_restart().retired, some_changes().retired.written);
  Changes leave;
  leave.retired.jobs_removed = {1};
  leave.retired.families_removed = {3, 4};
  leave.retired.series_removed = {6, 7, 8};
  ASSERT_TRUE(store_->commit(leave));
  const Loaded next = after_restart();
  EXPECT_EQ(next.opening, Opening::loaded) << next.detail;
  EXPECT_EQ(next.retired.jobs.size(), 1U);
  EXPECT_EQ(next.last_id, 5);
}

TEST_F(StoreTest, ItsSizeIsThatOfItsFiles) {
  loaded(*store_);
  EXPECT_EQ(store_->size_bytes(), std::filesystem::file_size(directory_.file("state.db")));
}

}  // namespace
}  // namespace shmx::state
