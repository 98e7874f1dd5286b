// The shim inside shared libraries: unloaded under running threads, and twice in one process.
#include <gtest/gtest.h>

#include "tests/shm/segment_view.h"
#include "tests/shm/subject.h"
#include "tests/shm/temp_dir.h"

namespace shmx::test {
namespace {

class LibraryTest : public testing::Test {
 protected:
  void run(const std::vector<std::string>& libraries) {
    std::vector<std::string> command = {subject_program("shm_test_library_host")};
    for (const std::string& library : libraries) {
      command.push_back(subject_program(library));
    }
    Subject subject(command, {{"SHM_EXPORTER_DIR", dir_.path()}});
    EXPECT_EQ(subject.error_rest(), "");
    subject.expect_success();
  }
  static void expect_complete(const SegmentView& segment) {
    EXPECT_EQ(segment.value("hits_total"), 100U + 8 * 10 + 1);
    EXPECT_EQ(segment.family_total("wide_total"), 1'000U);
    EXPECT_EQ(segment.losses, (decltype(segment.losses){}));
    EXPECT_EQ(segment.lock, LockState::free);
  }

  TempDir dir_;
};

TEST_F(LibraryTest, ALibraryThatIsUnloadedUnderThreadsThatCountedHarmsNobody) {
  run({"libshm_test_copy1.so"});
  expect_complete(only_segment(dir_.path()));
}

TEST_F(LibraryTest, TwoCopiesInOneProcessHaveTwoSegmentsThatDoNotMix) {
  run({"libshm_test_copy1.so", "libshm_test_copy2.so"});
  const auto segments = read_segments(dir_.path());
  ASSERT_EQ(segments.size(), 2U);
  EXPECT_NE(segments[0].claims.service, segments[1].claims.service);
  EXPECT_NE(segments[0].claims.uuid, segments[1].claims.uuid);
  EXPECT_EQ(segments[0].claims.pid, segments[1].claims.pid);
  expect_complete(segments[0]);
  expect_complete(segments[1]);
}

}  // namespace
}  // namespace shmx::test
