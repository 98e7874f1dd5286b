// Disks that are full or gone, queues without room: the chain is never broken by them, and what is
// missing is counted in it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <future>

#include "agent/audit/log.h"
#include "agent/audit/queue.h"
#include "tests/agent/audit/logs.h"
#include "tests/shm/fresh_process.h"

namespace shmx::audit {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::chrono::seconds kDeadline{30};

/// A log on a small tmpfs of its own, seen by this process alone.
class SmallDisk {
 public:
  explicit SmallDisk(LogPlace& place) : filler_(place.directory() + "/filler") {
    EXPECT_EQ(::unshare(::geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS), 0);
    EXPECT_EQ(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
    std::filesystem::create_directory(place.directory());
    EXPECT_EQ(::mount("tmpfs", place.directory().c_str(), "tmpfs", 0, "size=64k,mode=0700"), 0);
  }

  /// All that is free but a part of a page.
  void fill() const { write_file(filler_, std::string(std::size_t{128} << 10, 'x')); }
  void clear() const { std::filesystem::remove(filler_); }

 private:
  std::string filler_;
};

/// Until the disk does not take it; how many it took.
int record_until_it_fails(Log& log, std::string& error) {
  for (int taken = 0;; ++taken) {
    const auto seq = recorded(log, event(taken));
    if (!seq) {
      error = seq.error().message;
      return taken;
    }
  }
}

int events_in(const std::string& text) {
  int events = 0;
  for (const std::string& line : lines_of(text)) {
    events += line.find("\"type\":\"scrape\"") == std::string::npos ? 0 : 1;
  }
  return events;
}

TEST(AuditDisk, ThatIsFullIsToldToWhoWaitsAndLeavesWholeLines) {
  LogPlace place;
  test::in_fresh_process([&] {
    const SmallDisk disk(place);
    auto log = place.open();
    disk.fill();
    std::string error;
    const int taken = record_until_it_fails(*log, error);
    EXPECT_THAT(error, AllOf(HasSubstr("No space left"), HasSubstr(place.file(1))));
    EXPECT_FALSE(recorded(*log, event(0)));
    EXPECT_EQ(log->write_failures(), 2U);
    EXPECT_THAT(place.warnings(), ElementsAre(HasSubstr("cannot be written")));
    EXPECT_EQ(events_in(read_file(place.file(1))), taken);
    const auto during = place.verify();
    ASSERT_TRUE(during) << during.error().message;
    EXPECT_EQ(during.value().torn_bytes, 0U);

    disk.clear();
    EXPECT_TRUE(recorded(*log, event(1)));
    EXPECT_THAT(place.warnings(), ElementsAre(HasSubstr("cannot be"), HasSubstr("written again")));
    EXPECT_EQ(log->lost_records(), 2U);
    log.reset();
    const auto verified = place.verify();
    ASSERT_TRUE(verified) << verified.error().message;
    EXPECT_EQ(verified.value().chain.lost, 2U);
    EXPECT_EQ(verified.value().chain.last.unsigned_records, 0U);
  });
}

TEST(AuditDisk, ThatIsFullForAWhileLosesNothingThatNobodyWaitsFor) {
  LogPlace place;
  test::in_fresh_process([&] {
    const SmallDisk disk(place);
    auto log = place.open();
    disk.fill();
    std::string error;
    const int taken = record_until_it_fails(*log, error);
    for (int i = 0; i < 10; ++i) log->record(event(i));
    EXPECT_EQ(log->lost_records(), 1U);
    disk.clear();
    EXPECT_TRUE(recorded(*log, event(0)));
    log.reset();
    EXPECT_EQ(events_in(read_file(place.file(1))), taken + 11);
    EXPECT_EQ(place.verify()->chain.lost, 1U);
  });
}

TEST(AuditDisk, IsTriedAgainWithoutANewRecord) {
  LogPlace place;
  test::in_fresh_process([&] {
    const SmallDisk disk(place);
    std::promise<void> again;
    auto opened = Log::open(place.options(), {.now_unix_ns = [] { return std::int64_t{1}; },
                                              .warn =
                                                  [&](const std::string& sentence) {
                                                    if (sentence.find("again") != std::string::npos)
                                                      again.set_value();
                                                  }});
    ASSERT_TRUE(opened) << opened.error().message;
    Log& log = *opened.value();
    disk.fill();
    std::string error;
    record_until_it_fails(log, error);
    disk.clear();
    EXPECT_EQ(again.get_future().wait_for(kDeadline), std::future_status::ready);
  });
}

TEST(AuditDisk, ThatIsFullAtTheStartIsNoReasonNotToStart) {
  LogPlace place;
  test::in_fresh_process([&] {
    const SmallDisk disk(place);
    place.write_events(0);
    std::filesystem::remove(place.file(1));
    disk.fill();
    auto opened = place.try_open();
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_FALSE(recorded(*opened.value(), event(1)));
    EXPECT_EQ(opened.value()->head().records, 0U);
    disk.clear();
    const auto seq = recorded(*opened.value(), event(2));
    ASSERT_TRUE(seq) << seq.error().message;
    EXPECT_EQ(seq.value(), 2U);
    EXPECT_EQ(problem(place.verify()), "");
  });
}

TEST(AuditDisk, ThatIsFullForAWhileDelaysAKeyChange) {
  LogPlace place;
  test::in_fresh_process([&] {
    const SmallDisk disk(place);
    auto log = place.open();
    disk.fill();
    std::string error;
    record_until_it_fails(*log, error);
    make_key(place.options().key_file);
    const auto replaced = log->replace_key();
    ASSERT_FALSE(replaced);
    EXPECT_THAT(replaced.error().message, HasSubstr("No space left"));
    EXPECT_EQ(place.verify()->chain.key_ids.size(), 1U);
    disk.clear();
    ASSERT_TRUE(recorded(*log, event(1)));
    EXPECT_EQ(place.verify()->chain.key_ids.size(), 2U);
    EXPECT_FALSE(log->replace_key().value()) << "it is in force";
    log.reset();
    ASSERT_TRUE(recorded(*place.open(), event(2))) << "with the key that is in the file";
  });
}

TEST(AuditDisk, ThatIsFullForAWhileSettlesWithTheLastOfSeveralKeys) {
  LogPlace place;
  test::in_fresh_process([&] {
    const SmallDisk disk(place);
    auto log = place.open();
    const std::string first = read_file(place.options().key_file);
    disk.fill();
    std::string error;
    record_until_it_fails(*log, error);
    make_key(place.options().key_file);
    EXPECT_FALSE(log->replace_key());
    write_file(place.options().key_file, first);  // It was a mistake.
    EXPECT_FALSE(log->replace_key());
    disk.clear();
    ASSERT_TRUE(recorded(*log, event(1)));
    log.reset();
    ASSERT_TRUE(recorded(*place.open(), event(2)));
    EXPECT_EQ(problem(place.verify()), "");
  });
}

TEST(AuditDisk, WithALimitOnFilesKillsNobody) {
  LogPlace place;
  test::in_fresh_process([&] {
    const rlimit small{4'000, RLIM_INFINITY};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    auto log = place.open();
    std::string error;
    record_until_it_fails(*log, error);
    EXPECT_THAT(error, HasSubstr("File too large"));
    EXPECT_EQ(place.verify()->torn_bytes, 0U) << "what was written in part is cut off";
    const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &none), 0);
    EXPECT_TRUE(recorded(*log, event(1)));
    EXPECT_EQ(problem(place.verify()), "");
  });
}

TEST(AuditDirectory, ThatIsRemovedIsMadeAgainAndTheChainGoesOn) {
  LogPlace place;
  const auto log = place.open();
  ASSERT_TRUE(recorded(*log, event(1)));
  std::filesystem::remove_all(place.directory());
  const auto seq = recorded(*log, event(2));
  ASSERT_TRUE(seq) << seq.error().message;
  EXPECT_EQ(seq.value(), 4U) << "after what was removed, and the new file's first";
  EXPECT_THAT(place.file_names(), ElementsAre("audit-000002.jsonl"));
  EXPECT_THAT(place.warnings(), ElementsAre(HasSubstr("was removed, replaced or changed")));
  // Nobody is to believe that all is well.
  EXPECT_THAT(problem(place.verify()), HasSubstr("files are missing"));
}

TEST(AuditDirectory, ThatIsInTheWayIsToldAndTheChainGoesOnWhenItIsBack) {
  LogPlace place;
  const std::string away = place.directory() + ".away";
  {
    const auto log = place.open();
    ASSERT_TRUE(recorded(*log, event(1)));
    std::filesystem::rename(place.directory(), away);
    write_file(place.directory(), "");
    const auto failed = recorded(*log, event(2));
    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.error().message, HasSubstr("Not a directory"));
    std::filesystem::remove(place.directory());
    std::filesystem::rename(away, place.directory());
    ASSERT_TRUE(recorded(*log, event(3)));
  }
  const auto verified = place.verify();
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified.value().files, 2U);
  EXPECT_EQ(verified.value().chain.lost, 1U);
}

TEST(AuditFile, ThatSomebodyWritesToIsLeftAsEvidence) {
  LogPlace place;
  const auto log = place.open();
  ASSERT_TRUE(recorded(*log, event(1)));
  write_file(place.file(1), read_file(place.file(1)) + "{\"seq\":3}\n");
  ASSERT_TRUE(recorded(*log, event(2)));
  EXPECT_THAT(place.file_names(), ElementsAre("audit-000001.jsonl", "audit-000002.jsonl"));
  EXPECT_THAT(problem(place.verify()), HasSubstr("audit-000001.jsonl:3: "));
  EXPECT_EQ(problem(verify({.paths = {place.file(2)}})), "");
}

TEST(AuditFile, WithTheNextNameThatIsNotOursIsPassedOver) {
  LogPlace place;
  place.options().max_file_bytes = 2'000;
  const auto log = place.open();
  write_file(place.file(2), "planted\n");
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(recorded(*log, event(i)));
  EXPECT_EQ(read_file(place.file(2)), "planted\n");
  EXPECT_EQ(problem(verify({.paths = {place.file(1), place.file(3)}})), "");
}

TEST(AuditQueue, ThatIsFullLosesWhatComesAndARecordSaysHowMuch) {
  constexpr int kTooMany = 100;
  LogPlace place;
  {
    const auto log = place.open();
    std::promise<void> held;
    std::promise<void> go;
    log->record(event(0), [&](const Result<std::uint64_t>&) {
      held.set_value();
      go.get_future().wait();  // The log's thread is busy.
    });
    held.get_future().wait();
    // What is being written has been counted out already.
    for (std::size_t i = 0; i < kMaxQueuedRecords + kTooMany; ++i) log->record({"tick", {}});
    EXPECT_EQ(log->lost_records(), kTooMany);
    const auto refused = recorded(*log, event(1));
    ASSERT_FALSE(refused) << "who waits is told at once";
    EXPECT_THAT(refused.error().message, HasSubstr("queue is full"));
    go.set_value();
  }
  const auto verified = place.verify();
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified.value().chain.lost, kTooMany + 1U);
}

TEST(AuditQueue, IsBoundedInBytes) {
  Queue queue([] { return std::int64_t{0}; });
  const std::string megabyte(std::size_t{1} << 20, 'x');
  const auto push = [&] {
    Pending pending;
    pending.event = {"x", {{"a", megabyte}}};
    return queue.push(std::move(pending));
  };
  std::size_t taken = 0;
  while (push()) ++taken;
  EXPECT_EQ(taken, kMaxQueuedBytes / megabyte.size() - 1);
  std::vector<Pending> events;
  EXPECT_TRUE(queue.take(events, std::nullopt));
  EXPECT_FALSE(push()) << "what is not written yet is held";
  queue.release(events.front());
  EXPECT_TRUE(push());
}

}  // namespace
}  // namespace shmx::audit
