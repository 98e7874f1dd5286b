// What others can cause does not fill the log.
#include "agent/main/limited_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace shmx::testing {
namespace {

TEST(LimitedLogTest, SaysAsMuchAsAMinuteBearsAndThenHowMuchItLeftOut) {
  std::vector<std::string> lines;
  LimitedLog log([&lines](const std::string& line) { lines.push_back(line); });
  const LimitedLog::Clock::time_point start{};
  for (unsigned i = 0; i < LimitedLog::kLinesPerMinute + 7; ++i) {
    log.warn("line", start + std::chrono::seconds(1));
  }
  EXPECT_EQ(lines.size(), LimitedLog::kLinesPerMinute);
  lines.clear();
  log.warn("next", start + std::chrono::seconds(61));
  EXPECT_THAT(lines, ::testing::ElementsAre("Left out 7 further warnings", "next"));
}

}  // namespace
}  // namespace shmx::testing
