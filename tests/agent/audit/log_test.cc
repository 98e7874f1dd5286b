// The log as the agent uses it.
#include "agent/audit/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "agent/audit/chain.h"
#include "agent/audit/digest.h"
#include "tests/agent/audit/logs.h"

namespace shmx::audit {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

mode_t mode_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

TEST(AuditLog, BeginsWithItsKeyAndEndsWithASignature) {
  LogPlace place;
  place.write_events(3);
  const auto lines = lines_of(read_file(place.file(1)));
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_THAT(lines[0], AllOf(HasSubstr("\"type\":\"chain_started\""),
                              HasSubstr(key_id_of(place.options().key_file))));
  EXPECT_THAT(lines[1], HasSubstr("\"bytes\":0"));
  EXPECT_THAT(lines[4], HasSubstr("\"type\":\"checkpoint\""));
  EXPECT_THAT(place.warnings(), IsEmpty());
}

TEST(AuditLog, IsPrivate) {
  LogPlace place;
  place.write_events(1);
  EXPECT_EQ(mode_of(place.directory()), 0700U);
  EXPECT_EQ(mode_of(place.file(1)), 0600U);
}

TEST(AuditLog, GoesOnWithTheChainInItsNextLife) {
  LogPlace place;
  for (int life = 0; life < 3; ++life) place.write_events(2);
  const auto verified = place.verify();
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified.value().chain.records, 1 + 3 * (2 + 1U));
  EXPECT_EQ(verified.value().chain.recovered, 0U);
  EXPECT_EQ(verified.value().chain.last.unsigned_records, 0U);
}

TEST(AuditLog, ThatWroteNothingAddsNothing) {
  LogPlace place;
  place.write_events(1);
  const std::string before = read_file(place.file(1));
  place.write_events(0);
  EXPECT_EQ(read_file(place.file(1)), before);
}

TEST(AuditLog, SignsAfterSoManyRecords) {
  LogPlace place;
  place.options().checkpoint_every = 4;
  place.write_events(9);
  // Its key, two checkpoints, and the one at the end.
  EXPECT_EQ(place.verify()->chain.signatures, 4U);
}

TEST(AuditLog, TellsItsHeadAsItIsInTheFile) {
  LogPlace place;
  const auto log = place.open();
  EXPECT_EQ(log->head().records, 1U);
  const auto seq = recorded(*log, event(7));
  ASSERT_TRUE(seq) << seq.error().message;
  const Head head = log->head();
  EXPECT_EQ(head.records, seq.value());
  std::string last = lines_of(read_file(place.file(1))).back();
  last.pop_back();
  EXPECT_EQ(head.prefix, prefix_of(sha256(last)));
  VerifyOptions options = place.verify_options();
  options.anchors = {{head.records, head.prefix}};
  const auto verified = verify(options);
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified.value().matched.size(), 1U);
  EXPECT_EQ(verified.value().chain.last.unsigned_records, 1U) << "while the log is open";
}

TEST(AuditLog, OfManyThreadsHasAllTheirRecords) {
  constexpr int kThreads = 4;
  constexpr int kEach = 2'000;
  LogPlace place;
  place.options().max_file_bytes = 100'000;
  {
    const auto log = place.open();
    std::vector<std::thread> threads;
    threads.reserve(kThreads);
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&log] {
        for (int i = 0; i < kEach; ++i) log->record(event(i));
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(log->lost_records(), 0U);
  }
  std::uint64_t events = 0;
  for (const std::string& name : place.file_names()) {
    for (const std::string& line : lines_of(read_file(place.directory() + "/" + name))) {
      events += line.find("\"type\":\"scrape\"") == std::string::npos ? 0 : 1;
    }
  }
  EXPECT_EQ(events, kThreads * kEach);
  EXPECT_EQ(problem(place.verify()), "");
}

TEST(AuditLog, GoesOnInTheNextFileWhenOneIsFull) {
  LogPlace place;
  place.options().max_file_bytes = 2'000;
  place.write_events(20);
  const auto names = place.file_names();
  ASSERT_GE(names.size(), 3U);
  for (std::size_t i = 0; i + 1 < names.size(); ++i) {
    const std::string path = place.directory() + "/" + names[i];
    EXPECT_THAT(lines_of(read_file(path)).back(), HasSubstr("\"type\":\"checkpoint\""));
    // The line that reached the limit, and the checkpoint.
    EXPECT_LT(std::filesystem::file_size(path), 2'000U + 1'000U);
  }
  EXPECT_EQ(problem(place.verify()), "");
}

TEST(AuditLog, IsNeverLargerThanItMayBe) {
  LogPlace place;
  place.options().max_file_bytes = 3'000;
  place.options().max_total_bytes = 12'000;
  std::uint64_t most = 0;
  for (int life = 0; life < 10; ++life) {
    place.write_events(20);
    std::uint64_t total = 0;
    for (const std::string& name : place.file_names()) {
      total += std::filesystem::file_size(place.directory() + "/" + name);
    }
    most = std::max(most, total);
  }
  // The last file may be longer by a line and what is said of those that are removed.
  EXPECT_LT(most, 12'000U + 3'000U);
  EXPECT_GT(most, 6'000U);
  const auto verified = place.verify();
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_GT(verified.value().chain.first_seq, 100U);
  EXPECT_GT(verified.value().chain.removal_seq, verified.value().chain.first_seq);
}

TEST(AuditLog, ThatRemovedItsOldestFilesStillShowsWhenOthersAreRemoved) {
  LogPlace place;
  place.options().max_file_bytes = 3'000;
  place.options().max_total_bytes = 12'000;
  place.write_events(60);
  ASSERT_EQ(problem(place.verify()), "");
  std::filesystem::remove(place.directory() + "/" + place.file_names().front());
  EXPECT_THAT(problem(place.verify()), HasSubstr("files are missing"));
}

TEST(AuditLog, OfAnAnchorOlderThanWhatIsLeftSaysSo) {
  LogPlace place;
  place.options().max_file_bytes = 3'000;
  place.options().max_total_bytes = 12'000;
  place.write_events(60);
  VerifyOptions options = place.verify_options();
  options.anchors = {{2, 77}};
  const auto verified = verify(options);
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified.value().unmatched.size(), 1U);
  EXPECT_THAT(verified.value().matched, IsEmpty());
}

TEST(AuditLog, ThatIsInUseIsNotOpenedASecondTime) {
  LogPlace place;
  const auto log = place.open();
  const auto second = place.try_open();
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("another agent writes the audit log in"));
}

TEST(AuditLog, InADirectoryThatOthersMayEnterIsRefused) {
  LogPlace place;
  std::filesystem::create_directory(place.directory());
  ::chmod(place.directory().c_str(), 0755);
  const auto opened = place.try_open();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message,
              AllOf(HasSubstr("0755"), HasSubstr("chmod 700 " + place.directory())));
  EXPECT_EQ(mode_of(place.directory()), 0755U);
}

TEST(AuditLog, WithoutAKeyTellsTheCommandThatMakesOne) {
  LogPlace place;
  const std::string& key = place.options().key_file;
  std::filesystem::remove(key);
  const std::string command = "openssl genpkey -algorithm ed25519 -out ";
  auto opened = place.try_open();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, AllOf(HasSubstr("No such file"), HasSubstr(command + key)));
  write_file(key, "-----BEGIN NONSENSE-----\n");
  ::chmod(key.c_str(), 0600);
  opened = place.try_open();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, AllOf(HasSubstr("Ed25519"), HasSubstr(command + "NEW.key")));
}

TEST(AuditLog, WithAKeyThatEveryoneMayReadIsRefused) {
  LogPlace place;
  ::chmod(place.options().key_file.c_str(), 0644);
  const auto opened = place.try_open();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("chmod 600"));
}

TEST(AuditKey, IsEndorsedByTheOneBefore) {
  LogPlace place;
  const std::string first = key_id_of(place.options().key_file);
  {
    const auto log = place.open();
    ASSERT_TRUE(recorded(*log, event(1)));
    make_key(place.options().key_file);
    const auto replaced = log->replace_key();
    ASSERT_TRUE(replaced) << replaced.error().message;
    EXPECT_TRUE(replaced.value());
    ASSERT_TRUE(recorded(*log, event(2)));
  }
  place.write_events(1);  // The next life has the new key.
  const std::string second = key_id_of(place.options().key_file);
  VerifyOptions options = place.verify_options();
  options.trusted_key_ids = {first};
  const auto verified = verify(options);
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_THAT(verified.value().chain.key_ids, ElementsAre(first, second));
  options.trusted_key_ids = {second};
  EXPECT_THAT(problem(verify(options)), HasSubstr("none of those that are trusted"));
}

TEST(AuditKey, ThatIsTheSameIsNoChange) {
  LogPlace place;
  const auto log = place.open();
  const auto replaced = log->replace_key();
  ASSERT_TRUE(replaced) << replaced.error().message;
  EXPECT_FALSE(replaced.value());
  EXPECT_EQ(log->head().records, 1U);
}

TEST(AuditKey, ThatIsBrokenLeavesTheOldOneInForce) {
  LogPlace place;
  {
    const auto log = place.open();
    write_file(place.options().key_file, "half a k");
    EXPECT_FALSE(log->replace_key());
    ASSERT_TRUE(recorded(*log, event(1)));
  }
  const auto verified = place.verify();
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified.value().chain.key_ids.size(), 1U);
}

TEST(AuditKey, ThatTheOldOneHasNotEndorsedIsRefusedByTheAgent) {
  LogPlace place;
  place.write_events(1);
  make_key(place.options().key_file);
  const auto opened = place.try_open();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("start with the old key"));
}

TEST(AuditKey, ThatTheOldOneHasNotEndorsedIsRefusedByTheVerifier) {
  LogPlace place;
  {
    const auto log = place.open();
    make_key(place.options().key_file);
    ASSERT_TRUE(log->replace_key());
  }
  auto lines = lines_of(read_file(place.file(1)));
  ASSERT_THAT(lines.at(1), HasSubstr("key_changed"));
  // As if the new key had come without the record that endorses it: a chain that fits otherwise.
  const auto key = SigningKey::read(place.options().key_file);
  ASSERT_TRUE(key);
  Chain forged({1, sha256(lines[0].substr(0, lines[0].size() - 1)), 0}, key.value());
  std::string text = lines[0];
  forged.checkpoint(text, 1);
  write_file(place.file(1), text);
  EXPECT_THAT(problem(place.verify()), HasSubstr("has not endorsed"));
}

TEST(AuditKey, OfAFurtherFileIsTheOneInForce) {
  LogPlace place;
  place.options().max_file_bytes = 3'000;
  const auto log = place.open();
  make_key(place.options().key_file);
  ASSERT_TRUE(log->replace_key());
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(recorded(*log, event(i)));
  ASSERT_GE(place.file_names().size(), 2U);
  VerifyOptions second{.paths = {place.file(2)}};
  second.trusted_key_ids = {key_id_of(place.options().key_file)};
  EXPECT_EQ(problem(verify(second)), "");
}

}  // namespace
}  // namespace shmx::audit
