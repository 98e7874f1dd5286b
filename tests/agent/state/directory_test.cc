// The state's directory is the agent's alone.
#include "agent/state/directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/agent/testing/temporary_directory.h"

namespace shmx::state {
namespace {

using ::testing::HasSubstr;

mode_t mode_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

TEST(StateDirectory, IsMadeWithItsParentsAndPrivate) {
  testing::TemporaryDirectory root;
  const std::string path = root.file("run/agent/state");
  const auto directory = Directory::take(path);
  ASSERT_TRUE(directory) << directory.error().message;
  EXPECT_EQ(mode_of(path), 0700U);
}

TEST(StateDirectory, IsMadePrivateWhenItWasNot) {
  testing::TemporaryDirectory root;
  ::chmod(root.path().c_str(), 0777);
  ASSERT_TRUE(Directory::take(root.path()));
  EXPECT_EQ(mode_of(root.path()), 0700U);
}

TEST(StateDirectory, ThatOthersCouldWriteToIsNotBelievedWithWhatIsInIt) {
  testing::TemporaryDirectory root;
  root.write("state.db-journal", "planted");
  ::chmod(root.path().c_str(), 0770);
  const auto directory = Directory::take(root.path());
  ASSERT_FALSE(directory);
  EXPECT_THAT(directory.error().message, HasSubstr("others could write"));
}

TEST(StateDirectory, OfAnotherProgramIsLeftAsItIs) {
  testing::TemporaryDirectory etc;
  etc.write("passwd", "root:x:0:0");
  ::chmod(etc.path().c_str(), 0755);
  const auto directory = Directory::take(etc.path());
  ASSERT_FALSE(directory);
  EXPECT_THAT(directory.error().message, HasSubstr("--state.directory"));
  EXPECT_EQ(mode_of(etc.path()), 0755U);
  EXPECT_THAT(etc.names(), ::testing::ElementsAre("passwd"));
}

TEST(StateDirectory, BehindASymlinkedParentIsWhereTheStateIs) {
  testing::TemporaryDirectory root;
  std::filesystem::create_directory(root.file("run"));
  std::filesystem::create_symlink(root.file("run"), root.file("var"));
  const auto directory = Directory::take(root.file("var/state"));
  ASSERT_TRUE(directory) << directory.error().message;
  EXPECT_EQ(directory->path(), root.file("run/state"));
}

TEST(StateDirectory, IsOneAgentsAtATime) {
  testing::TemporaryDirectory root;
  {
    const auto first = Directory::take(root.path());
    ASSERT_TRUE(first);
    const auto second = Directory::take(root.path());
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message, HasSubstr("another agent uses the state directory"));
  }
  EXPECT_TRUE(Directory::take(root.path()));
}

TEST(StateDirectory, OfAnotherUserIsNotBelieved) {
  testing::TemporaryDirectory root;
  ASSERT_EQ(::chown(root.path().c_str(), 65534, 65534), 0);
  const auto directory = Directory::take(root.path());
  ASSERT_FALSE(directory);
  EXPECT_THAT(directory.error().message, HasSubstr("belongs to uid 65534"));
}

TEST(StateDirectory, IsNoSymlinkAndNoFile) {
  testing::TemporaryDirectory root;
  std::filesystem::create_symlink("/tmp", root.file("link"));
  root.write("file", "");
  EXPECT_FALSE(Directory::take(root.file("link")));
  EXPECT_FALSE(Directory::take(root.file("file")));
}

}  // namespace
}  // namespace shmx::state
