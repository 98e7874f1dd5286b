// What the scanner tells of a directory, by inotify and by listing.
#include "agent/scan/scanner.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "shm/layout.h"
#include "tests/agent/testing/temporary_directory.h"
#include "tests/agent/testing/writer_process.h"

namespace shmx::scan {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

class Scanning : public ::testing::Test {
 protected:
  std::unique_ptr<testing::WriterProcess> born(const std::string& service = "shop") {
    auto writer = std::make_unique<testing::WriterProcess>(directory_.path(), service);
    writer->run("publish");
    return writer;
  }

  testing::TemporaryDirectory directory_;
  std::vector<std::string> log_;
  Scanner scanner_{{{directory_.path()}, layout::kMaxSegmentBytes, [this](const std::string& line) {
                      log_.push_back(line);
                    }}};
};

TEST_F(Scanning, NothingIsCompleteBeforeTheFirstRescan) {
  EXPECT_FALSE(scanner_.complete());
  EXPECT_FALSE(scanner_.problem().empty());
  scanner_.rescan();
  EXPECT_TRUE(scanner_.complete());
}

TEST_F(Scanning, ASegmentAppearsOnceHoweverItIsFound) {
  const auto before = born();
  scanner_.rescan();
  EXPECT_THAT(scanner_.take_appeared(), SizeIs(1));
  const auto after = born();
  scanner_.drain();
  EXPECT_THAT(scanner_.take_appeared(), SizeIs(1));
  scanner_.rescan();
  scanner_.drain();
  EXPECT_THAT(scanner_.take_appeared(), IsEmpty());
}

TEST_F(Scanning, ADeathIsHintedAt) {
  const auto writer = born();
  scanner_.rescan();
  const auto id = scanner_.take_appeared().at(0);
  scanner_.drain();
  scanner_.take_closed();
  EXPECT_EQ(segment_lock_state(scanner_.find(id)->fd.get()), LockState::held);
  writer->kill();
  scanner_.drain();
  EXPECT_THAT(scanner_.take_closed(), Contains(id));
  EXPECT_EQ(segment_lock_state(scanner_.find(id)->fd.get()), LockState::free);
}

TEST_F(Scanning, ARemovedFileIsForgottenAndARefusedOneStays) {
  const auto a = born();
  const auto b = born();
  scanner_.rescan();
  const auto ids = scanner_.take_appeared();
  ASSERT_THAT(ids, SizeIs(2));
  EXPECT_TRUE(scanner_.remove(ids[0]));
  EXPECT_EQ(scanner_.find(ids[0]), nullptr);
  scanner_.refuse(ids[1], "version", "another");
  EXPECT_EQ(scanner_.find(ids[1]), nullptr);
  EXPECT_EQ(scanner_.refused_now(), 1U);
  scanner_.rescan();
  EXPECT_THAT(scanner_.take_appeared(), IsEmpty());
  EXPECT_THAT(scanner_.refusals().counts(), Contains(Pair("version", 1)));
  EXPECT_THAT(directory_.names(), SizeIs(1));
}

TEST_F(Scanning, AnIgnoredFileIsNotAdmittedAgainUnderAnotherName) {
  const auto writer = born();
  scanner_.rescan();
  const auto id = scanner_.take_appeared().at(0);
  scanner_.ignore(id);
  std::filesystem::rename(writer->run("path"), directory_.file("other.shmx"));
  scanner_.drain();
  scanner_.rescan();
  EXPECT_THAT(scanner_.take_appeared(), IsEmpty());
  writer->kill();
  scanner_.rescan();
  EXPECT_EQ(scanner_.find(id), nullptr);
  EXPECT_THAT(directory_.names(), IsEmpty());
}

TEST_F(Scanning, ARefusedNameThatIsReplacedIsLookedAtAgain) {
  directory_.write("a.shmx", "");
  ASSERT_EQ(::truncate(directory_.file("a.shmx").c_str(), 4096), 0);
  scanner_.rescan();
  EXPECT_THAT(scanner_.refusals().counts(), Contains(Pair("sparse", 1)));
  const auto writer = born();
  std::filesystem::rename(writer->run("path"), directory_.file("a.shmx"));
  scanner_.drain();
  EXPECT_THAT(scanner_.take_appeared(), SizeIs(1));
  EXPECT_EQ(scanner_.refused_now(), 0U);
}

TEST_F(Scanning, TheLogNamesAFewRefusalsAndTheCounterAll) {
  for (int i = 0; i < 50; ++i) {
    directory_.write("notes" + std::to_string(i), "");
  }
  scanner_.rescan();
  EXPECT_THAT(scanner_.refusals().counts(), Contains(Pair("foreign_name", 50)));
  EXPECT_THAT(log_, SizeIs(Refusals::kMaxWarningsPerReason));
}

TEST_F(Scanning, ASegmentThatInotifyHadNoRoomToTellOfIsFoundByListing) {
  scanner_.rescan();
  std::size_t queue = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> queue;
  ASSERT_GT(queue, 0U);
  const std::string hidden = directory_.file(".busy");
  for (std::size_t i = 0; i <= queue / 2; ++i) {  // Two events and more for each.
    std::ofstream(hidden).close();
    std::filesystem::remove(hidden);
  }
  const auto writer = born();
  pollfd readable{scanner_.inotify_fd(), POLLIN, 0};
  while (::poll(&readable, 1, 0) == 1) {
    scanner_.drain();
  }
  EXPECT_THAT(scanner_.take_appeared(), SizeIs(1));
}

TEST_F(Scanning, ANewbornThatIsLockedIsLeftToItsWriter) {
  const std::string newborn = ".0123456789abcdef0123456789abcdef";
  directory_.write(newborn, "");
  const UniqueFd writer(::open(directory_.file(newborn).c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_TRUE(lock_segment(writer.get()));
  for (int i = 0; i < 3; ++i) {
    scanner_.rescan();
  }
  EXPECT_THAT(directory_.names(), ElementsAre(newborn));
  EXPECT_EQ(scanner_.newborns_removed(), 0U);
}

TEST(ScanningDirectories, ADirectoryThatIsNotThereYetIsFoundWhenItComes) {
  testing::TemporaryDirectory base;
  const std::string path = base.file("segments");
  Scanner scanner({{path}, layout::kMaxSegmentBytes, {}});
  scanner.rescan();
  EXPECT_TRUE(scanner.complete());
  EXPECT_FALSE(scanner.directories().at(0).present);
  std::filesystem::create_directory(path);
  testing::WriterProcess writer(path, "shop");
  writer.run("publish");
  scanner.drain();
  EXPECT_TRUE(scanner.directories().at(0).present);
  EXPECT_THAT(scanner.take_appeared(), SizeIs(1));
}

TEST(ScanningDirectories, SeveralDirectoriesAreScanned) {
  testing::TemporaryDirectory a;
  testing::TemporaryDirectory b;
  Scanner scanner({{a.path(), b.path()}, layout::kMaxSegmentBytes, {}});
  scanner.rescan();
  testing::WriterProcess in_a(a.path(), "shop");
  testing::WriterProcess in_b(b.path(), "shop");
  in_a.run("publish");
  in_b.run("publish");
  scanner.drain();
  EXPECT_THAT(scanner.take_appeared(), SizeIs(2));
}

}  // namespace
}  // namespace shmx::scan
