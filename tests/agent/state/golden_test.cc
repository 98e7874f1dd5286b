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

TEST(Golden, AStateOfVersion10IsGoneOnWith) {
  testing::TemporaryDirectory directory;
  fs::copy_file(golden("state-1.0.db"), directory.file("state.db"));
  auto store = store_in(directory.path());
  const Loaded old = loaded(*store);
  EXPECT_EQ(old.opening, Opening::loaded) << old.loss << ": " << old.detail;
  EXPECT_EQ(old.retired, some_changes().retired.written);
  EXPECT_EQ(old.folded.size(), some_changes().folded.size());
  EXPECT_EQ(old.losses, some_changes().losses);
  EXPECT_TRUE(store->commit(some_changes()));
}

TEST(Golden, TheSchemaIsThatOfItsVersion) {
  // A difference here wants a new kSchemaMinor or kSchemaMajor, and files of its own beside these.
  const std::string version = std::to_string(kSchemaMajor) + "." + std::to_string(kSchemaMinor);
  std::ostringstream text;
  text << std::ifstream(golden("schema-" + version + ".sql")).rdbuf();
  const Schema& tables = schema();
  std::string now;
  for (const Table* const table :
       {&tables.meta, &tables.job, &tables.family, &tables.series, &tables.folded}) {
    now += table->create_statement() + ";\n";
  }
  EXPECT_EQ(text.str(), now);
  EXPECT_TRUE(fs::exists(golden("state-" + version + ".db")));
}

}  // namespace
}  // namespace shmx::state
