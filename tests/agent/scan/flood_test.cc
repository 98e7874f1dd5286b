// Names that come faster, or are more, than can be followed; and news that do not come at all.
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <filesystem>
#include <fstream>

#include "tests/agent/scan/scanning.h"
#include "tests/shm/fresh_process.h"

namespace shmx::scan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Flooded : public ScannerOfFiles {
 protected:
  /// More events than are followed.
  void flood() const {
    const std::string name = directory_.file(".busy");
    for (std::size_t i = 0; i <= EventMeter::kMaxEventsPerWindow / 2; ++i) {
      std::ofstream(name).close();  // Created and closed,
      ::unlink(name.c_str());       // removed: three events.
      if (i % 1'000 == 0) {
        scanner_->drain();  // The kernel's queue holds fewer.
      }
    }
    scanner_->drain();
  }
};

TEST_F(Flooded, ADirectoryIsListedInsteadOfFollowedUntilItIsQuiet) {
  start();
  scanner_->rescan();
  flood();
  while (is_readable()) {
    scanner_->drain();
  }
  const auto during = live("during.shmx");
  EXPECT_FALSE(is_readable()) << "its events do not wake the agent any more";
  scanner_->drain();
  EXPECT_THAT(appeared(), ElementsAre("during.shmx"));
  now_ += EventMeter::kRest;
  scanner_->drain();
  const auto after = live("after.shmx");
  EXPECT_TRUE(is_readable());
  scanner_->drain();
  EXPECT_THAT(appeared(), ElementsAre("after.shmx"));
}

TEST_F(Flooded, ListingsThatEventsAskForTakeATenthOfTheTime) {
  start();
  scanner_->rescan();
  flood();
  step_ = std::chrono::milliseconds(10);
  scanner_->drain();  // Lists, and that takes a while.
  step_ = {};
  const auto writer = live("a.shmx");
  scanner_->drain();
  EXPECT_THAT(appeared(), IsEmpty());
  now_ += std::chrono::milliseconds(500);
  scanner_->drain();
  EXPECT_THAT(appeared(), ElementsAre("a.shmx"));
}

TEST_F(Flooded, ARescanListsWhateverTheEventsDo) {
  start();
  scanner_->rescan();
  flood();
  step_ = std::chrono::milliseconds(10);
  const auto writer = live("a.shmx");
  scanner_->rescan();
  EXPECT_THAT(appeared(), ElementsAre("a.shmx"));
}

TEST_F(Flooded, ADirectoryThatCannotBeWatchedIsListedAndWatchedWhenItCan) {
  test::in_fresh_process([this] {
    // Limits of its own, for this process alone.
    ASSERT_EQ(::unshare(CLONE_NEWUSER), 0);
    const auto limit = [](int watches) {
      std::ofstream("/proc/sys/user/max_inotify_watches") << watches << std::flush;
    };
    limit(0);
    start();
    scanner_->rescan();
    ASSERT_THAT(log_, ElementsAre(HasSubstr("inotify_add_watch " + directory_.path())));
    directory_.write("a.shmx", "");
    scanner_->drain();
    EXPECT_THAT(appeared(), ElementsAre("a.shmx"));
    limit(100);
    now_ += EventMeter::kRest;
    scanner_->drain();
    directory_.write("b.shmx", "");
    EXPECT_TRUE(is_readable());
    scanner_->drain();
    EXPECT_THAT(appeared(), ElementsAre("b.shmx"));
    EXPECT_THAT(log_, SizeIs(1));
  });
}

class Named : public ScannerOfFiles {
 protected:
  void rename(const std::string& from, const std::string& to) const {
    std::filesystem::rename(directory_.file(from), directory_.file(to));
  }
};

TEST_F(Named, FilesThatExchangeTheirNamesStayKnownByThem) {
  start();
  const auto a = live("a.shmx");
  const auto b = live("b.shmx");
  scanner_->rescan();
  EXPECT_THAT(appeared(), ElementsAre("a.shmx", "b.shmx"));
  scanner_->drain();
  scanner_->take_closed();
  rename("a.shmx", ".a");
  rename("b.shmx", "a.shmx");
  rename(".a", "c.shmx");
  scanner_->drain();
  std::ofstream(directory_.file("a.shmx")).close();
  scanner_->drain();
  EXPECT_THAT(scanner_->take_closed(), ElementsAre(ids_[1]));
  EXPECT_EQ(scanner_->find(ids_[0])->name, "c.shmx");
  scanner_->rescan();
  EXPECT_THAT(appeared(), IsEmpty());
  EXPECT_EQ(refused("hard_link"), 0U);
}

TEST_F(Named, AFileOnWhichAnotherIsMountedIsRefusedWithoutAQuestionToThatOne) {
  test::in_fresh_process([this] {
    ASSERT_EQ(::unshare(CLONE_NEWNS), 0);
    ASSERT_EQ(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
    directory_.write("a.shmx", "");
    const testing::TemporaryDirectory elsewhere;
    elsewhere.write("b", "");
    ASSERT_EQ(::mount(elsewhere.file("b").c_str(), directory_.file("a.shmx").c_str(), nullptr,
                      MS_BIND, nullptr),
              0);
    start();
    scanner_->rescan();
    EXPECT_EQ(refused("mount_point"), 1U);
    EXPECT_THAT(appeared(), IsEmpty());
    ASSERT_EQ(::umount2(directory_.file("a.shmx").c_str(), MNT_DETACH), 0);
    scanner_->rescan();
    EXPECT_THAT(appeared(), ElementsAre("a.shmx"));
  });
}

/// No descriptor is to be had as long as it exists.
class WithoutDescriptors {
 public:
  WithoutDescriptors() {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    const rlimit none{0, before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  }
  WithoutDescriptors(const WithoutDescriptors&) = delete;
  WithoutDescriptors& operator=(const WithoutDescriptors&) = delete;
  ~WithoutDescriptors() { EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before_), 0); }

 private:
  rlimit before_{};
};

TEST_F(Named, WhatCouldNotBeOpenedIsOpenedLaterEvenWhenItsDirectoryHasGoneElsewhere) {
  testing::TemporaryDirectory parent;
  const std::string path = parent.file("segments");
  std::filesystem::create_directory(path);
  Scanner scanner({{path}, layout::kMaxSegmentBytes, {}});
  scanner.rescan();
  std::ofstream(path + "/.a").close();
  scanner.drain();
  {
    std::filesystem::rename(path + "/.a", path + "/a.shmx");
    const WithoutDescriptors none;
    scanner.drain();
    EXPECT_FALSE(scanner.complete());
    EXPECT_EQ(scanner.pending(), 1U);
    std::filesystem::rename(path, parent.file("elsewhere"));
    std::filesystem::create_directory(path);
    scanner.drain();
    EXPECT_FALSE(scanner.complete());
  }
  scanner.drain();
  EXPECT_TRUE(scanner.complete()) << scanner.problem();
  const std::vector<FileId> ids = scanner.take_appeared();
  ASSERT_THAT(ids, SizeIs(1));
  EXPECT_TRUE(scanner.remove(ids[0]));
  EXPECT_TRUE(std::filesystem::is_empty(parent.file("elsewhere")));
}

TEST_F(Named, WhatCouldNotBeOpenedAndIsMetByAnEventIsNoLinkOfItself) {
  start();
  scanner_->rescan();
  const auto writer = live("a.shmx");
  {
    const WithoutDescriptors none;
    scanner_->drain();
    EXPECT_EQ(scanner_->pending(), 1U);
  }
  std::ofstream(directory_.file("a.shmx")).close();
  scanner_->drain();
  EXPECT_THAT(appeared(), ElementsAre("a.shmx"));
  EXPECT_EQ(refused("hard_link"), 0U);
}

TEST_F(Named, WhatNobodyHasLookedAtIsFoundWhereItsDirectoryHasGone) {
  testing::TemporaryDirectory parent;
  const std::string path = parent.file("segments");
  std::filesystem::create_directory(path);
  Scanner scanner({{path}, layout::kMaxSegmentBytes, {}});
  scanner.rescan();
  std::ofstream(path + "/a.shmx").close();
  std::filesystem::rename(path, parent.file("elsewhere"));
  std::filesystem::create_directory(path);
  scanner.drain();
  EXPECT_THAT(scanner.take_appeared(), SizeIs(1));
}

TEST_F(Named, MoreThanCanBeRememberedAreFoundByListing) {
  constexpr std::size_t kFiles = 3'000;  // More than are tried again one by one.
  start();
  scanner_->rescan();
  dead_ones("a", kFiles);
  {
    const WithoutDescriptors none;
    for (int i = 0; i < 10; ++i) {  // Each takes a part of the kernel's queue.
      scanner_->drain();
    }
    EXPECT_LT(scanner_->pending(), kFiles);
    EXPECT_FALSE(scanner_->complete());
    EXPECT_LE(log_.size(), 2U) << "not a line for each";
  }
  std::size_t folded = 0;
  for (bool more = true; more;) {
    scanner_->drain();
    more = !appeared().empty();
    for (; folded < ids_.size(); ++folded) {
      ASSERT_TRUE(scanner_->remove(ids_[folded]));
    }
  }
  EXPECT_EQ(folded, kFiles);
  EXPECT_TRUE(scanner_->complete()) << scanner_->problem();
}

TEST_F(Named, AStrangersHiddenFileIsNotTakenForAnAbandonedSegment) {
  const std::string foreign = ".0123456789abcdef0123456789abcdef";
  const std::string empty = ".00112233445566778899aabbccddeeff";
  const std::string begun = ".ffeeddccbbaa99887766554433221100";
  directory_.write(foreign, "text");
  directory_.write(empty, "");
  directory_.write(begun, std::string(8, '\0'));
  start();
  scanner_->rescan();
  scanner_->rescan();
  EXPECT_THAT(directory_.names(), ElementsAre(foreign));
  EXPECT_EQ(scanner_->newborns_removed(), 2U);
}

}  // namespace
}  // namespace shmx::scan
