// The directory that the agent makes for its services.
#include "agent/main/segment_directory.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

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

}  // namespace
}  // namespace shmx::testing
