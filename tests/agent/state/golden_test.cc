// States that earlier releases wrote are gone on with, and the schema does not change without its
// version.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "agent/state/schema.h"
#include "tests/agent/state/states.h"

namespace shmx::state {
namespace {

namespace fs = std::filesystem;

std::string golden(const std::string& name) {
  return std::string(SHMX_GOLDEN_DIR) + "/" + name;
}

struct Release {
  std::string version;
  Changes stored;
};

class Golden : public ::testing::TestWithParam<Release> {};

TEST_P(Golden, AStateOfAnEarlierReleaseIsGoneOnWith) {
  testing::TemporaryDirectory directory;
  fs::copy_file(golden("state-" + GetParam().version + ".db"), directory.file("state.db"));
  const Changes& stored = GetParam().stored;
  for (int start = 0; start < 2; ++start) {
    auto store = store_in(directory.path());
    const Loaded old = loaded(*store);
    EXPECT_EQ(old.opening, Opening::loaded) << old.loss << ": " << old.detail;
    EXPECT_EQ(old.retired, stored.retired.written);
    EXPECT_EQ(old.folded.size(), stored.folded.size());
    EXPECT_EQ(old.losses, stored.losses);
    EXPECT_TRUE(store->commit(stored));
  }
}

INSTANTIATE_TEST_SUITE_P(, Golden,
                         ::testing::Values(Release{"1.0", some_changes()},
                                           Release{"1.1", some_changes_1_1()},
                                           Release{"1.2", some_changes_1_2()}),
                         [](const auto& release) {
                           return "Version" + release.param.version.substr(0, 1) +
                                  release.param.version.substr(2);
                         });

TEST(Upgrade, AStateOfVersion10KeepsStartTimesFromNowOn) {
  testing::TemporaryDirectory directory;
  fs::copy_file(golden("state-1.0.db"), directory.file("state.db"));
  {
    auto store = store_in(directory.path());
    EXPECT_EQ(loaded(*store).retired, some_changes().retired.written);
    EXPECT_TRUE(store->commit(some_changes_1_1()));
  }
  auto store = store_in(directory.path());
  EXPECT_EQ(loaded(*store).retired, some_changes_1_1().retired.written);
}

TEST(Upgrade, ARowThatTheReleaseBeforeWroteIsTakenWithTheStartTimeThatItLeft) {
  testing::TemporaryDirectory directory;
  fs::copy_file(golden("state-1.1.db"), directory.file("state.db"));
  // As it writes rows: without a column that it does not know, and the check over the others. The
  // row is that of the golden file of 1.0 anew.
  meddle(
      directory.path(),
      "ATTACH '" + golden("state-1.0.db") +
          "' AS old; INSERT INTO series (id, family, labels, pid, overflow, "
          "unowned_since_boot_ns, ticks, row_check) SELECT * FROM old.series WHERE id = 7 "
          "ON CONFLICT (id) DO UPDATE SET ticks = excluded.ticks, row_check = excluded.row_check");
  auto store = store_in(directory.path());
  EXPECT_EQ(loaded(*store).retired, some_changes_1_1().retired.written);
}

TEST(Upgrade, AStateOfVersion11KeepsTenantsFromNowOn) {
  testing::TemporaryDirectory directory;
  fs::copy_file(golden("state-1.1.db"), directory.file("state.db"));
  {
    auto store = store_in(directory.path());
    EXPECT_EQ(loaded(*store).retired, some_changes_1_1().retired.written);
    EXPECT_TRUE(store->commit(some_changes_1_2()));
  }
  auto store = store_in(directory.path());
  EXPECT_EQ(loaded(*store).retired, some_changes_1_2().retired.written);
}

TEST(Upgrade, ToTheReleaseBeforeTenantsJobsAreJobsOfDifferentNamesThatItMayWrite) {
  testing::TemporaryDirectory directory;
  fs::copy_file(golden("state-1.2.db"), directory.file("state.db"));
  // It takes two jobs of one name and owner for damage: with this there are none, or SQLite says
  // so.
  meddle(directory.path(), "CREATE UNIQUE INDEX one_job ON job (name, owner); DROP INDEX one_job");
  // As it writes the row of a job whose process has ended: with the name that it has read, and
  // without the column that it does not know.
  meddle(
      directory.path(),
      "INSERT INTO job (id, name, owner, bare, per_process, overflowed, folded, ended, "
      "newest_start_unix_ns, last_exit_unix_ns, left_at_boot_ns, row_check) "
      "SELECT id, name, owner, bare, per_process, overflowed, folded, ended, "
      "newest_start_unix_ns, last_exit_unix_ns, left_at_boot_ns, row_check FROM job WHERE id = 12 "
      "ON CONFLICT (id) DO UPDATE SET name = excluded.name, row_check = excluded.row_check");
  auto store = store_in(directory.path());
  EXPECT_EQ(loaded(*store).retired, some_changes_1_2().retired.written);
}

TEST(Upgrade, ATenantThatDoesNotFitItsJobsNameIsDamage) {
  testing::TemporaryDirectory directory;
  fs::copy_file(golden("state-1.2.db"), directory.file("state.db"));
  // Not in the rows' checks, for the release before does not know it.
  meddle(directory.path(), "UPDATE job SET tenant = 'green' WHERE tenant = 'blue'");
  auto store = store_in(directory.path());
  const Loaded found = loaded(*store);
  EXPECT_EQ(found.opening, Opening::lost);
  EXPECT_EQ(found.loss, "corrupt");
}

TEST(Upgrade, AFamilyThatTheReleaseBeforeBeganAnewWithoutNativeBucketsTakesItsPlace) {
  testing::TemporaryDirectory directory;
  {
    auto store = store_in(directory.path());
    loaded(*store);
    Changes changes = some_changes_1_1();
    model::RetiredFamily anew = changes.retired.written.families.back();
    anew.id = 20;
    anew.descriptor.native.reset();
    changes.retired.written.families.push_back(anew);
    EXPECT_TRUE(store->commit(changes));
  }
  {
    // Native again, under the newer id.
    auto store = store_in(directory.path());
    const Loaded found = loaded(*store);
    EXPECT_EQ(found.opening, Opening::loaded);
    Changes changes;
    changes.retired.written.families = {found.retired.families.back()};
    changes.retired.written.families[0].descriptor.native = NativeBuckets{0, 1, 2, false};
    EXPECT_EQ(changes.retired.written.families[0].id, 20);
    EXPECT_TRUE(store->commit(changes));
  }
  auto store = store_in(directory.path());
  const Loaded found = loaded(*store);
  EXPECT_EQ(found.opening, Opening::loaded);
  EXPECT_EQ(found.last_id, 20);
  for (const model::RetiredFamily& family : found.retired.families) {
    EXPECT_NE(family.id, 9);
  }
  for (const model::RetiredSeries& series : found.retired.series) {
    EXPECT_NE(series.family, 9);
  }
}

TEST(Schema, IsThatOfItsVersion) {
  // A difference here wants a new kSchemaMinor or kSchemaMajor, and files of its own beside these.
  const std::string version = std::to_string(kSchemaMajor) + "." + std::to_string(kSchemaMinor);
  std::ostringstream text;
  text << std::ifstream(golden("schema-" + version + ".sql")).rdbuf();
  std::string now;
  for (const Table* const table : schema().all()) {
    now += table->create_statement() + ";\n";
  }
  EXPECT_EQ(text.str(), now);
  EXPECT_TRUE(fs::exists(golden("state-" + version + ".db")));
}

}  // namespace
}  // namespace shmx::state
