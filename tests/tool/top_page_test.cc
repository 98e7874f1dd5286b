// Whole screens, and plain tables.
#include "agent/tool/top_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "agent/tool/top_text.h"
#include "tests/tool/top_feed.h"

namespace shmx::tool::top {
namespace {

using ::testing::Contains;
using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const News kNoNews{"web-17", ""};

Overview overview_of(int jobs) {
  Overview overview;
  overview.unix_ns = test::kBegin;
  overview.has_rates = true;
  overview.version = "1.2.3";
  overview.processes = 1200;
  overview.segments = 1;
  overview.rate = 19.84;
  for (int i = 1; i <= jobs; ++i) {
    Row row{"job-" + std::to_string(i), "", 1, {}, {}};
    row.server.rate = 100 - i;
    overview.jobs.push_back(row);
  }
  return overview;
}

std::vector<std::string> text_of(const Page& page) {
  std::vector<std::string> lines;
  for (const Line& line : page.lines) {
    lines.push_back(plain_text(line));
  }
  return lines;
}

std::vector<std::string> composed(const Overview& overview, View view, Size size,
                                  const News& news = kNoNews) {
  return text_of(compose(&overview, view, news, size));
}

TEST(Compose, AnOrdinaryScreen) {
  EXPECT_THAT(
      composed(overview_of(1), View(), {80, 8}),
      ElementsAre("web-17  12:26:40 UTC  shm_exporter 1.2.3",
                  "19.8 RPC/s  1 job  1.2k processes  1 segment", "",
                  "JOB    PROCS  ▼RPC/S   ERR%     P50     P99  FLIGHT  CL RPC/S  CL ERR%",
                  "job-1      1      99      -       -       -       -         -        -", "", "",
                  "q quit  ? help  / filter  s sort  m methods  r reverse  p pause"));
}

TEST(Compose, FewLinesAreForTheRows) {
  EXPECT_THAT(composed(overview_of(3), View(), {20, 5}),
              ElementsAre("web-17  12:26:40 UTC", "rows 1-2 of 3", "JOB    ▼RPC/S", "job-1      99",
                          "job-2      98"));
  EXPECT_THAT(composed(overview_of(1), View(), {40, 4}),
              ElementsAre(StartsWith("web-17"), StartsWith("19.8 RPC/s"), StartsWith("JOB"),
                          StartsWith("job-1")));
}

TEST(Compose, SaysWhichRowsAreShown) {
  View view;
  view.first = 4;
  const auto lines = composed(overview_of(40), view, {80, 24});
  EXPECT_EQ(lines.size(), 24U);
  EXPECT_EQ(lines[2], "rows 5-23 of 40");
  EXPECT_THAT(lines[4], StartsWith("job-5 "));
  EXPECT_THAT(lines[22], StartsWith("job-23 "));
}

TEST(Compose, NeverScrollsBeyondTheRows) {
  View view;
  view.first = 1000;
  const Overview overview = overview_of(40);
  compose(&overview, view, kNoNews, {80, 24});
  EXPECT_EQ(view.first, 21U);
}

TEST(Compose, SaysWhatGoesOn) {
  Overview overview = overview_of(2);
  overview.skipped = 3;
  View view;
  view.paused = true;
  view.filter = "job";
  EXPECT_EQ(composed(overview, view, {80, 24})[2], "PAUSED  filter: job  3 snapshots skipped");
  view.typing = true;
  EXPECT_THAT(composed(overview, view, {80, 24})[2], StartsWith("filter: job_"));
}

TEST(Compose, TroubleIsAnAlarmBesideTheLastRows) {
  const Overview overview = overview_of(2);
  View view;
  const Page page = compose(&overview, view, {"web-17", "the agent is gone\x1b"}, {80, 24});
  EXPECT_EQ(plain_text(page.lines[2]), "the agent is gone\\x1b");
  EXPECT_EQ(page.lines[2].front().style, Style::alarm);
  EXPECT_THAT(plain_text(page.lines[4]), StartsWith("job-1"));
}

TEST(Compose, WaitsForTheFirstSnapshot) {
  View view;
  const auto lines = text_of(compose(nullptr, view, {"web-17", "no agent answers"}, {80, 24}));
  EXPECT_THAT(lines, Contains("Waiting for the first snapshot."));
  EXPECT_THAT(lines, Contains("no agent answers"));
}

TEST(Compose, TheHelpNamesEveryKeyAndTitle) {
  View view;
  view.help = true;
  const auto lines = composed(overview_of(1), view, {80, 24});
  for (const char* term :
       {"q ", "m ", "s > <", "r ", "/ ", "p ", "PgUp", "JOB", "RPC/S", "P99", "CL RPC/S"}) {
    EXPECT_THAT(lines, Contains(HasSubstr(term)));
  }
}

TEST(Compose, TheKeyMSaysWhereItLeads) {
  View view;
  view.grouping = Grouping::method;
  EXPECT_THAT(composed(overview_of(1), view, {80, 24}).back(), HasSubstr("m jobs"));
}

TEST(Compose, FitsScreensOfAnySize) {
  Overview overview = overview_of(50);
  overview.jobs[0].job = "注文サービスの長い名前です、とても長い";
  overview.version = "a version of somebody's own that is long";
  for (const std::size_t columns : {1, 2, 7, 20, 40, 80, 200}) {
    for (const std::size_t lines : {1, 2, 3, 4, 7, 8, 10, 24, 60}) {
      for (const bool help : {false, true}) {
        View view;
        view.help = help;
        const Page page =
            compose(&overview, view, {"web-17", "the agent is gone"}, {columns, lines});
        EXPECT_LE(page.lines.size(), lines);
        for (const Line& line : page.lines) {
          EXPECT_LE(width_of(plain_text(line)), columns) << plain_text(line);
        }
      }
    }
  }
}

TEST(PlainTable, IsALineOfFactsAndATableWithoutEscapes) {
  const std::string text = plain_table(overview_of(2), View(), "web-17");
  EXPECT_THAT(text, StartsWith("web-17  12:26:40 UTC  shm_exporter 1.2.3  19.8 RPC/s  2 jobs  "
                               "1.2k processes  1 segment\nJOB "));
  EXPECT_THAT(text, ContainsRegex("\njob-1 +1 +99 .*\njob-2 +1 +98 .*\n$"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, HasSubstr("CL FLIGHT"));
}

TEST(PlainTable, CutsNoNames) {
  Overview overview = overview_of(1);
  overview.jobs[0].job = std::string(300, 'x');
  EXPECT_THAT(plain_table(overview, View(), "web-17"), HasSubstr(overview.jobs[0].job));
}

TEST(PlainTable, HasTheRowsThatWereAskedFor) {
  View view;
  view.filter = "2";
  EXPECT_THAT(plain_table(overview_of(3), view, "web-17"), Not(HasSubstr("job-1")));
}

}  // namespace
}  // namespace shmx::tool::top
