// The directory that the agent makes for its services.
#include "agent/main/segment_directory.h"

#include <gmock/gmock.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "tests/agent/testing/temporary_directory.h"

namespace shmx::testing {
namespace {

using ::testing::HasSubstr;

mode_t mode_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

/// For the calling process, until it goes.
class Umask {
 public:
  explicit Umask(mode_t mask) : before_(::umask(mask)) {}
  Umask(const Umask&) = delete;
  Umask& operator=(const Umask&) = delete;
  ~Umask() { ::umask(before_); }

 private:
  mode_t before_;
};

TEST(SegmentDirectory, IsMadeWithItsParentsForEveryoneToWriteAndNobodyToList) {
  const TemporaryDirectory root;
  const Umask strict(077);
  ASSERT_TRUE(make_segment_directory(root.file("run/segments")).ok());
  EXPECT_EQ(mode_of(root.file("run/segments")), 03733U);
}

TEST(SegmentDirectory, ThatExistsIsLeftAsItIs) {
  const TemporaryDirectory root;
  ASSERT_EQ(::mkdir(root.file("segments").c_str(), 0700), 0);
  ASSERT_TRUE(make_segment_directory(root.file("segments")).ok());
  EXPECT_EQ(mode_of(root.file("segments")), 0700U);
}

TEST(SegmentDirectory, ThatCannotBeMadeIsAnErrorThatNamesIt) {
  const TemporaryDirectory root;
  root.write("file", "");
  const auto made = make_segment_directory(root.file("file/segments"));
  ASSERT_FALSE(made.ok());
  EXPECT_THAT(made.error().message, HasSubstr("cannot create " + root.file("file/segments")));
  EXPECT_FALSE(make_segment_directory(root.file("file")).ok());
}

struct stat status_of(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status;
}

constexpr gid_t kWriters = 54321;

TEST(TenantDirectory, IsMadeForItsGroupToWriteAndNobodyElse) {
  const TemporaryDirectory root;
  const Umask strict(077);
  const auto made = make_tenant_directory(root.file("run/shop"), std::to_string(kWriters), false);
  ASSERT_TRUE(made.ok()) << made.error().message;
  const struct stat status = status_of(root.file("run/shop"));
  EXPECT_EQ(status.st_mode & 07777, 03730U);
  EXPECT_EQ(status.st_gid, kWriters);
  EXPECT_EQ(status.st_uid, ::geteuid());
  EXPECT_TRUE(make_tenant_directory(root.file("run/shop"), std::to_string(kWriters), false).ok())
      << "as it should be";
}

TEST(TenantDirectory, WithoutAGroupIsOfTheAgentsOwn) {
  const TemporaryDirectory root;
  ASSERT_TRUE(make_tenant_directory(root.file("shop"), "", false).ok());
  EXPECT_EQ(status_of(root.file("shop")).st_gid, ::getegid());
  EXPECT_EQ(mode_of(root.file("shop")), 03730U);
}

TEST(TenantDirectory, ForEverybodyIsAsWithoutTenants) {
  const TemporaryDirectory root;
  ASSERT_TRUE(make_tenant_directory(root.file("default"), "", true).ok());
  EXPECT_EQ(mode_of(root.file("default")), 03733U);
}

TEST(TenantDirectory, AGroupMayBeGivenByItsName) {
  const TemporaryDirectory root;
  ASSERT_TRUE(make_tenant_directory(root.file("shop"), "daemon", false).ok());
  EXPECT_EQ(status_of(root.file("shop")).st_gid, ::getgrnam("daemon")->gr_gid);
}

TEST(TenantDirectory, OfAGroupThatDoesNotExistIsNotMade) {
  const TemporaryDirectory root;
  const auto made = make_tenant_directory(root.file("shop"), "no-such-writers", false);
  ASSERT_FALSE(made.ok());
  EXPECT_THAT(made.error().message, HasSubstr("groupadd --system no-such-writers"));
  EXPECT_THAT(root.names(), ::testing::IsEmpty());
}

struct Wrong {
  const char* name;
  mode_t mode;
  uid_t owner;
  gid_t group;
};

class WrongDirectory : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongDirectory, IsToldWithTheCommandThatMakesItRightAndIsNotChanged) {
  const TemporaryDirectory root;
  const std::string path = root.file("shop");
  ASSERT_EQ(::mkdir(path.c_str(), 0700), 0);
  ASSERT_EQ(::chown(path.c_str(), GetParam().owner, GetParam().group), 0);
  ASSERT_EQ(::chmod(path.c_str(), GetParam().mode), 0);
  const auto told = make_tenant_directory(path, std::to_string(kWriters), false);
  ASSERT_FALSE(told.ok());
  const struct stat status = status_of(path);
  EXPECT_EQ(status.st_mode & 07777, GetParam().mode);
  EXPECT_EQ(status.st_uid, GetParam().owner);
  EXPECT_EQ(status.st_gid, GetParam().group);
  const std::string& message = told.error().message;
  const std::string command = message.substr(message.find(": run ") + 6);
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
  EXPECT_TRUE(make_tenant_directory(path, std::to_string(kWriters), false).ok());
}

INSTANTIATE_TEST_SUITE_P(, WrongDirectory,
                         ::testing::Values(Wrong{"OfAnotherOwner", 03730, 65534, kWriters},
                                           Wrong{"OfAnotherGroup", 03730, 0, 65534},
                                           Wrong{"ThatEverybodyMayWrite", 03733, 0, kWriters},
                                           Wrong{"ThatItsGroupMayList", 03770, 0, kWriters},
                                           Wrong{"WithoutTheStickyBit", 02730, 0, kWriters},
                                           Wrong{"WithoutTheSetGidBit", 01730, 0, kWriters}),
                         [](const auto& wrong) { return std::string(wrong.param.name); });

TEST(TenantDirectory, BelowOneThatOthersCanReplaceIsTold) {
  const TemporaryDirectory root;
  const std::string above = root.file("above");
  ASSERT_EQ(::mkdir(above.c_str(), 0700), 0);
  ASSERT_EQ(::chmod(above.c_str(), 0777), 0);
  const auto writable = make_tenant_directory(above + "/shop", std::to_string(kWriters), false);
  ASSERT_FALSE(writable.ok());
  EXPECT_THAT(writable.error().message, HasSubstr("run chmod go-w " + above));
  ASSERT_EQ(::chmod(above.c_str(), 01777), 0);
  EXPECT_TRUE(make_tenant_directory(above + "/shop", std::to_string(kWriters), false).ok())
      << "sticky: only its owner renames what is in it";
  ASSERT_EQ(::chown(above.c_str(), 65534, 0), 0);
  const auto owned = make_tenant_directory(above + "/shop", std::to_string(kWriters), false);
  ASSERT_FALSE(owned.ok());
  EXPECT_THAT(owned.error().message, HasSubstr("run chown root " + above));
}

}  // namespace
}  // namespace shmx::testing
