// Log lines, whatever their values hold.
#include "agent/config/log.h"

#include <gmock/gmock.h>

namespace shmx::config {
namespace {

using testing::MatchesRegex;

std::string logfmt(std::string_view message, const std::vector<LogField>& fields) {
  return log_line(LogFormat::logfmt, LogLevel::info, message, fields);
}

std::string json(std::string_view message, const std::vector<LogField>& fields) {
  return log_line(LogFormat::json, LogLevel::warn, message, fields);
}

TEST(Log, LogfmtQuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(logfmt("Listening", {{"address", "192.0.2.1:80"}}),
            "level=info msg=Listening address=192.0.2.1:80");
  EXPECT_EQ(logfmt("Two words", {{"empty", ""}, {"sum", "1=1"}}),
            R"(level=info msg="Two words" empty="" sum="1=1")");
}

TEST(Log, AValueCannotEndItsLineNorAddAKey) {
  EXPECT_EQ(logfmt("File", {{"name", "a\nlevel=error \"x\" \\ \x1b[2J"}}),
            R"(level=info msg=File name="a\nlevel=error \"x\" \\ \x1b[2J")");
  EXPECT_EQ(json("File", {{"name", "a\n\",\"level\":\"error\x1b"}}),
            R"("level":"warn","msg":"File","name":"a\n\",\"level\":\"error\u001b")");
}

TEST(Log, BytesThatAreNoUtf8StillMakeAValidLine) {
  EXPECT_EQ(logfmt("File", {{"name", "caf\xc3\xa9 \xff"}}),
            "level=info msg=File name=\"caf\xc3\xa9 \\xff\"");
  EXPECT_EQ(json("File", {{"name", "caf\xc3\xa9"}}),
            "\"level\":\"warn\",\"msg\":\"File\",\"name\":\"caf\xc3\xa9\"");
  EXPECT_EQ(json("File", {{"name", "\xff."}}), R"("level":"warn","msg":"File","name":"?.")");
}

/// What one line looks like on stderr.
std::string written(LogLevel least, LogFormat format, LogLevel level, std::string_view message) {
  testing::internal::CaptureStderr();
  set_up_log(least, format);
  log(level, message, {{"key", "{} {0}"}});
  return testing::internal::GetCapturedStderr();
}

TEST(Log, LinesBeginWithTheTimeInUtc) {
  EXPECT_THAT(written(LogLevel::info, LogFormat::logfmt, LogLevel::warn, "Hello"),
              MatchesRegex("ts=[0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]+\\.[0-9]+Z "
                           "level=warn msg=Hello key=\"[{]} [{]0}\"\n"));
  EXPECT_THAT(written(LogLevel::info, LogFormat::json, LogLevel::error, "Hello"),
              MatchesRegex("[{]\"ts\":\"[0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]+\\.[0-9]+Z\","
                           "\"level\":\"error\",\"msg\":\"Hello\",\"key\":\"[{]} [{]0}\"}\n"));
}

TEST(Log, LessSevereLinesThanTheLevelAreLeftOut) {
  EXPECT_EQ(written(LogLevel::warn, LogFormat::logfmt, LogLevel::info, "Hello"), "");
  EXPECT_NE(written(LogLevel::warn, LogFormat::logfmt, LogLevel::warn, "Hello"), "");
  EXPECT_NE(written(LogLevel::debug, LogFormat::logfmt, LogLevel::debug, "Hello"), "");
}

}  // namespace
}  // namespace shmx::config
