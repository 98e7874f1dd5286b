// A writer that is killed leaves a log that verifies, with all that it said was in the file; and
// the next one goes on with it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>

#include "agent/audit/digest.h"
#include "agent/audit/log.h"
#include "agent/audit/record.h"
#include "tests/agent/audit/logs.h"

namespace shmx::audit {
namespace {

using ::testing::HasSubstr;

/// Writes until it is killed; the seq of each record that is in the file goes into the pipe.
[[noreturn]] void write_for_ever(LogPlace& place, int pipe) {
  const auto log = place.open();
  for (std::int64_t i = 0;; ++i) {
    log->record(event(i));
    const auto seq = recorded(*log, event(i));
    if (!seq || ::write(pipe, &seq.value(), sizeof(std::uint64_t)) < 0) ::_exit(1);
  }
}

/// The last seq that it said, after so many.
std::uint64_t write_and_kill(LogPlace& place, int after) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe(ends.data()), 0);
  const pid_t writer = ::fork();
  if (writer == 0) {
    ::close(ends[0]);
    write_for_ever(place, ends[1]);
  }
  ::close(ends[1]);
  std::uint64_t seq = 0;
  for (int i = 0; i < after; ++i) {
    EXPECT_EQ(::read(ends[0], &seq, sizeof(seq)), static_cast<ssize_t>(sizeof(seq)));
  }
  ::kill(writer, SIGKILL);
  int status = 0;
  ::waitpid(writer, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  while (::read(ends[0], &seq, sizeof(seq)) == static_cast<ssize_t>(sizeof(seq))) {
  }
  ::close(ends[0]);
  return seq;
}

TEST(AuditKill, OfManyWritersLeavesOneChainWithAllThatTheySaid) {
  constexpr int kLives = 40;
  LogPlace place;
  place.options().max_file_bytes = 6'000;
  place.options().max_total_bytes = 60'000;
  place.options().checkpoint_every = 3;
  for (int life = 0; life < kLives; ++life) {
    const std::uint64_t said = write_and_kill(place, 1 + life * 7 % 23);
    const auto verified = place.verify();
    ASSERT_TRUE(verified) << verified.error().message;
    ASSERT_GE(verified.value().chain.last.seq, said);
  }
  place.write_events(1);
  EXPECT_EQ(problem(place.verify()), "");
}

/// What a kill in the middle of a write leaves: any beginning of the file.
class AuditTornAt : public ::testing::Test {
 protected:
  AuditTornAt() {
    place_.options().checkpoint_every = 3;
    place_.write_events(4);
    whole_ = read_file(place_.file(1));
  }

  LogPlace place_;
  std::string whole_;
};

TEST_F(AuditTornAt, AnyByteIsClosedByARecordThatSaysWhatWasCutOff) {
  // Every 7th, and those around the ends of lines.
  for (std::size_t size = 0; size < whole_.size(); ++size) {
    const std::size_t around = size < 2 ? 0 : size - 2;
    if (size % 7 != 0 && whole_.substr(around, 4).find('\n') == std::string::npos) continue;
    SCOPED_TRACE(size);
    const std::string torn = whole_.substr(0, size);
    write_file(place_.file(1), torn);
    place_.write_events(1);
    const auto verified = place_.verify();
    ASSERT_TRUE(verified) << verified.error().message;
    const std::string text = read_file(place_.file(1));
    const std::size_t whole_bytes = torn.rfind('\n') + 1;  // 0 without one
    ASSERT_TRUE(text.starts_with(torn.substr(0, whole_bytes)));
    if (whole_bytes == size) continue;
    const std::string tail = torn.substr(whole_bytes);
    EXPECT_EQ(verified.value().chain.recovered, 1U);
    EXPECT_THAT(text, HasSubstr("\"torn_bytes\":" + std::to_string(tail.size()) +
                                ",\"torn_sha256\":\"" + hex(sha256(tail)) + "\""));
  }
}

TEST_F(AuditTornAt, TheEndOfAnUnsignedLineIsRecoveredWithHowManyWereUnsigned) {
  const auto lines = lines_of(whole_);
  write_file(place_.file(1), lines[0] + lines[1] + lines[2]);
  place_.write_events(0);
  EXPECT_THAT(read_file(place_.file(1)), HasSubstr("\"unsigned_records\":2,\"torn_bytes\":0,"));
}

TEST_F(AuditTornAt, TheBeginningOfAFurtherFileGoesOnInThatFile) {
  for (const std::string first : {"", "{\"seq\":"}) {
    write_file(place_.file(1), whole_);
    write_file(place_.file(2), first);
    place_.write_events(1);
    const auto verified = place_.verify();
    ASSERT_TRUE(verified) << verified.error().message;
    EXPECT_EQ(verified.value().files, 2U);
    EXPECT_EQ(verified.value().chain.recovered, first.empty() ? 0U : 1U);
  }
}

TEST_F(AuditTornAt, ALineThatHasAnEndIsNoTornLine) {
  write_file(place_.file(1), whole_ + "{\"seq\":9}\n");
  EXPECT_FALSE(place_.try_open());
}

}  // namespace
}  // namespace shmx::audit
