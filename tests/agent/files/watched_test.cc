#include "agent/files/watched.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/agent/testing/temporary_directory.h"

namespace shmx::files {
namespace {

constexpr std::int64_t kLongAfter = 60'000'000'000;

class WatchedTest : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
  }
  std::string path(const std::string& name) const { return directory_.path() + "/" + name; }

  /// Of a file, on the clock that the kernel stamps it by.
  std::int64_t changed_at(const std::string& name) const { return stamp_of(path(name)).changed_ns; }

  testing::TemporaryDirectory directory_;
};

TEST_F(WatchedTest, SaysOnceThatAFileWasRenamedOverAnother) {
  write("a", "one");
  Watched watched({path("a")}, changed_at("a") + kLongAfter);
  EXPECT_FALSE(watched.changed(changed_at("a") + kLongAfter));
  write("new", "two");
  std::filesystem::rename(path("new"), path("a"));
  EXPECT_TRUE(watched.changed(changed_at("a") + kLongAfter));
  EXPECT_FALSE(watched.changed(changed_at("a") + kLongAfter));
}

TEST_F(WatchedTest, SeesASymbolicLinkThatLeadsElsewhere) {
  write("1", "one");
  write("2", "two");
  std::filesystem::create_symlink("1", path("a"));
  Watched watched({path("a")}, changed_at("2") + kLongAfter);
  std::filesystem::create_symlink("2", path("link"));
  std::filesystem::rename(path("link"), path("a"));
  EXPECT_TRUE(watched.changed(changed_at("2") + kLongAfter));
}

TEST_F(WatchedTest, SeesFilesThatComeAndGo) {
  write("a", "one");
  Watched watched({path("a"), path("b")}, changed_at("a") + kLongAfter);
  write("b", "two");
  EXPECT_TRUE(watched.changed(changed_at("b") + kLongAfter));
  std::filesystem::remove(path("a"));
  EXPECT_TRUE(watched.changed(changed_at("b") + kLongAfter));
  EXPECT_FALSE(watched.changed(changed_at("b") + kLongAfter));
}

TEST_F(WatchedTest, AFileThatWasJustWrittenIsToldAgainWhenItHasBeenLeftAlone) {
  write("a", "one");
  Watched watched({path("a")}, changed_at("a") + 1);
  EXPECT_FALSE(watched.changed(changed_at("a") + 2)) << "still the same tick";
  EXPECT_TRUE(watched.changed(changed_at("a") + kLongAfter));
  EXPECT_FALSE(watched.changed(changed_at("a") + kLongAfter));
}

TEST_F(WatchedTest, AStampOfTheFutureIsSeenOnce) {
  write("a", "one");
  Watched watched({path("a")}, changed_at("a") - kLongAfter);
  EXPECT_FALSE(watched.changed(changed_at("a") - kLongAfter + 1));
}

}  // namespace
}  // namespace shmx::files
