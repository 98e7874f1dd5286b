// A state that cannot be gone on with is set aside, and said to be lost; never read in part.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/agent/state/states.h"

namespace shmx::state {
namespace {

namespace fs = std::filesystem;

struct Damage {
  const char* name;
  const char* reason;
  std::function<void(const std::string& directory)> cause;
};

std::ostream& operator<<(std::ostream& out, const Damage& damage) {
  return out << damage.name;
}

void overwrite(const std::string& path, std::int64_t offset, const std::string& bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(offset < 0 ? static_cast<std::int64_t>(fs::file_size(path)) + offset : offset);
  file << bytes;
}

class Lost : public ::testing::TestWithParam<Damage> {};

TEST_P(Lost, IsSetAsideAndToldWithItsReason) {
  testing::TemporaryDirectory directory;
  {
    auto store = store_in(directory.path());
    loaded(*store);
    ASSERT_TRUE(store->commit(some_changes()));
  }
  GetParam().cause(directory.path());
  {
    auto store = store_in(directory.path());
    const Loaded lost = loaded(*store);
    EXPECT_EQ(lost.opening, Opening::lost);
    EXPECT_EQ(lost.loss, GetParam().reason) << lost.detail;
    EXPECT_EQ(lost.retired, model::Retired{});
    EXPECT_TRUE(lost.folded.empty());
  }
  {
    // Cut short before its baseline was stored: still lost.
    auto store = store_in(directory.path());
    EXPECT_EQ(loaded(*store).opening, Opening::lost);
    ASSERT_TRUE(store->commit(some_changes()));
  }
  auto store = store_in(directory.path());
  const Loaded next = loaded(*store);
  EXPECT_EQ(next.opening, Opening::loaded);
  EXPECT_EQ(next.retired, some_changes().retired.written);
}

const Damage kDamages[] = {
    {"Removed", "missing", [](const std::string& d) { fs::remove(d + "/state.db"); }},
    {"ADirectory", "unreadable",
     [](const std::string& d) {
       fs::remove(d + "/state.db");
       fs::create_directory(d + "/state.db");
     }},
    {"ASymlink", "unreadable",
     [](const std::string& d) {
       fs::rename(d + "/state.db", d + "/elsewhere.db");
       fs::create_symlink(d + "/elsewhere.db", d + "/state.db");
     }},
    {"Empty", "unfinished", [](const std::string& d) { fs::resize_file(d + "/state.db", 0); }},
    {"NoDatabase", "corrupt",
     [](const std::string& d) { overwrite(d + "/state.db", 0, std::string(100, 'x')); }},
    {"CutInTheMiddle", "corrupt",
     [](const std::string& d) {
       fs::resize_file(d + "/state.db", fs::file_size(d + "/state.db") / 2);
     }},
    {"APageOfZeros", "corrupt",
     [](const std::string& d) { overwrite(d + "/state.db", -4096, std::string(4096, '\0')); }},
    {"ARowChangedWithinItself", "corrupt",
     [](const std::string& d) {
       meddle(d, "UPDATE series SET ticks = zeroblob(16) WHERE id = 6");
     }},
    {"AnIdentityChanged", "corrupt",
     [](const std::string& d) {
       meddle(d, "UPDATE folded SET file = '5:14' WHERE file = '5:13'");
     }},
    {"AFamilyWithoutItsJob", "corrupt",
     [](const std::string& d) { meddle(d, "DELETE FROM job WHERE id = 1"); }},
    {"ASeriesWithoutItsFamily", "corrupt",
     [](const std::string& d) { meddle(d, "DELETE FROM family WHERE id = 3"); }},
    {"ATableRemoved", "unreadable", [](const std::string& d) { meddle(d, "DROP TABLE folded"); }},
    {"AnotherApplications", "corrupt",
     [](const std::string& d) { meddle(d, "PRAGMA application_id = 1"); }},
    {"FromTheFuture", "version",
     [](const std::string& d) { meddle(d, "PRAGMA user_version = 131072"); }},
    {"NotCompleted", "unfinished",
     [](const std::string& d) { meddle(d, "DELETE FROM meta WHERE key = 'complete'"); }},
};

INSTANTIATE_TEST_SUITE_P(Each, Lost, ::testing::ValuesIn(kDamages),
                         [](const auto& damage) { return damage.param.name; });

TEST(LostState, OfAnotherBootIsLost) {
  testing::TemporaryDirectory directory;
  {
    auto store = store_in(directory.path());
    loaded(*store);
  }
  auto store = store_in(directory.path(), "another boot");
  const Loaded lost = loaded(*store);
  EXPECT_EQ(lost.opening, Opening::lost);
  EXPECT_EQ(lost.loss, "boot");
}

TEST(LostState, AFirstStartThatWasCutShortIsAFirstStart) {
  testing::TemporaryDirectory directory;
  std::ofstream(directory.file("state.db")).flush();
  auto store = store_in(directory.path());
  EXPECT_EQ(loaded(*store).opening, Opening::first);
}

TEST(LostState, AJournalThatBelongsToNoFileIsNotPlayedIntoTheNextOne) {
  testing::TemporaryDirectory directory;
  {
    auto store = store_in(directory.path());
    loaded(*store);
    ASSERT_TRUE(store->commit(some_changes()));
  }
  fs::remove(directory.file("state.db"));
  directory.write("state.db-journal", std::string(8192, 'j'));
  auto store = store_in(directory.path());
  EXPECT_EQ(loaded(*store).opening, Opening::lost);
  ASSERT_TRUE(store->commit(some_changes()));
  store.reset();
  store = store_in(directory.path());
  EXPECT_EQ(loaded(*store).retired, some_changes().retired.written);
}

TEST(LostState, OfAReaderThatHasItOpenIsAskedForAgainInstead) {
  testing::TemporaryDirectory directory;
  {
    auto store = store_in(directory.path());
    loaded(*store);
    ASSERT_TRUE(store->commit(some_changes()));
  }
  sqlite3* reader = nullptr;
  ASSERT_EQ(sqlite3_open(directory.file("state.db").c_str(), &reader), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(reader, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr), SQLITE_OK);
  auto store = store_in(directory.path());
  EXPECT_FALSE(store->load().ok());
  sqlite3_close(reader);
  EXPECT_EQ(loaded(*store).retired, some_changes().retired.written);
}

}  // namespace
}  // namespace shmx::state
