// Which files may be segments, judged from outside.
#include "agent/scan/admission.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "tests/agent/testing/temporary_directory.h"

namespace shmx::scan {
namespace {

constexpr std::uint64_t kMaxBytes = 1 << 20;

class Admitting : public ::testing::Test {
 protected:
  Admission admit(const std::string& name) { return scan::admit(fd_.get(), name, kMaxBytes); }
  FileRefusal reason(const std::string& name) {
    const Admission admission = admit(name);
    const auto* const refused = std::get_if<Refused>(&admission);
    EXPECT_NE(refused, nullptr) << name << " was not refused";
    return refused == nullptr ? FileRefusal::io : refused->reason;
  }

  testing::TemporaryDirectory directory_;
  UniqueFd fd_{::open(directory_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
};

TEST_F(Admitting, ARegularFileOfAFinalNameIsOpenedWithTheOwnerThatTheKernelSays) {
  directory_.write("a.shmx", "content");
  Admission admission = admit("a.shmx");
  const auto* const admitted = std::get_if<Admitted>(&admission);
  ASSERT_NE(admitted, nullptr);
  EXPECT_EQ(admitted->identity.owner, ::getuid());
  const int flags = ::fcntl(admitted->fd.get(), F_GETFL);
  EXPECT_EQ(flags & O_ACCMODE, O_RDONLY);
  EXPECT_NE(flags & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(admitted->fd.get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(Admitting, ANameThatIsGoneIsNoRefusal) {
  EXPECT_TRUE(std::holds_alternative<Gone>(admit("gone.shmx")));
}

TEST_F(Admitting, AFifoIsRefusedWithoutWakingItsWriters) {
  ASSERT_EQ(::mkfifo(directory_.file("f.shmx").c_str(), 0600), 0);
  EXPECT_EQ(reason("f.shmx"), FileRefusal::fifo);
  // Nobody has opened it for reading: a writer that does not wait is turned away.
  EXPECT_EQ(::open(directory_.file("f.shmx").c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC), -1);
}

TEST_F(Admitting, AFileIsRefusedByItsSize) {
  directory_.write("large.shmx", std::string(kMaxBytes + 1, 'x'));
  EXPECT_EQ(reason("large.shmx"), FileRefusal::too_large);
  directory_.write("sparse.shmx", "");
  ASSERT_EQ(::truncate(directory_.file("sparse.shmx").c_str(), kMaxBytes), 0);
  EXPECT_EQ(reason("sparse.shmx"), FileRefusal::sparse);
}

TEST_F(Admitting, ASymlinkIsRefusedEvenToAGoodFile) {
  directory_.write("good.shmx", "content");
  std::filesystem::create_symlink("good.shmx", directory_.file("link.shmx"));
  EXPECT_EQ(reason("link.shmx"), FileRefusal::symlink);
}

TEST_F(Admitting, AFileUnderALeaseIsRefusedWithoutWaitingForTheLease) {
  directory_.write("leased.shmx", "content");
  // The kernel tells the lease's holder, us, by SIGIO; it may not break the test.
  ::signal(SIGIO, SIG_IGN);
  UniqueFd holder(::open(directory_.file("leased.shmx").c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(::fcntl(holder.get(), F_SETLEASE, F_WRLCK), 0);
  EXPECT_EQ(reason("leased.shmx"), FileRefusal::leased);
  EXPECT_TRUE(may_change(FileRefusal::leased));
}

TEST(Names, OfSegmentsAndNewborns) {
  EXPECT_TRUE(is_segment_name("0a.shmx"));
  EXPECT_FALSE(is_segment_name(".shmx"));
  EXPECT_FALSE(is_segment_name(".0a.shmx"));
  EXPECT_FALSE(is_segment_name("0a.shmx~"));
  EXPECT_TRUE(is_newborn_name(".0123456789abcdef0123456789abcdef"));
  EXPECT_FALSE(is_newborn_name(".0123456789abcdef0123456789abcdeX"));
  EXPECT_FALSE(is_newborn_name(".profile"));
}

}  // namespace
}  // namespace shmx::scan
