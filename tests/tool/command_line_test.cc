// What shmtool says to who does not know its command line: what may have been meant, and where the
// help is. Each is exit code 2, and nothing on standard output.
#include "agent/tool/command_line.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/tool/program.h"

namespace shmx::tool {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string refused(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), SHMX_SHMTOOL);
  const test::ProgramResult result = test::run_program(arguments);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, StartsWith("shmtool: "));
  return result.err;
}

TEST(CommandLine, AnUnknownCommandSuggestsTheNearest) {
  EXPECT_EQ(refused({"dmup", "x.shmx"}),
            "shmtool: there is no command shmtool dmup; did you mean dump?\nTry: shmtool --help\n");
  EXPECT_EQ(refused({"check", "segmnts"}),
            "shmtool: there is no command shmtool check segmnts; did you mean segments?\n"
            "Try: shmtool check --help\n");
}

TEST(CommandLine, OneThatIsLikeNoneNamesAll) {
  EXPECT_THAT(refused({"frobnicate"}), HasSubstr("; expected dump, top, audit, check\n"));
}

TEST(CommandLine, AMissingCommandNamesAll) {
  EXPECT_THAT(refused({}), HasSubstr("shmtool needs a command: dump, top, audit, check\n"));
  EXPECT_THAT(refused({"check"}), HasSubstr("shmtool check needs a command: segments, "));
}

TEST(CommandLine, AnUnknownOptionSuggestsTheNearest) {
  EXPECT_EQ(refused({"dump", "--jsn", "x.shmx"}),
            "shmtool: there is no option --jsn; did you mean --json?\nTry: shmtool dump --help\n");
  EXPECT_THAT(refused({"top", "--intervl=3s"}), HasSubstr("did you mean --interval?"));
}

TEST(CommandLine, AMissingArgumentSaysWhichAndWhereTheHelpIs) {
  EXPECT_EQ(refused({"dump"}), "shmtool: FILE is required\nTry: shmtool dump --help\n");
}

TEST(CommandLine, ADurationThatIsNoneSaysWhatIsExpected) {
  for (const char* const wrong : {"10", "soon", "10ms", "2h"}) {
    EXPECT_THAT(refused({"top", "--interval", wrong}),
                HasSubstr("--interval: expected 1s to 1h, got " + std::string(wrong)));
  }
}

TEST(CommandLine, WhatCannotBeShownIsNotShown) {
  EXPECT_THAT(refused({"du\x1bmp"}), HasSubstr("du\\x1bmp; did you mean dump?"));
}

TEST(CommandLine, TellsItsVersion) {
  const test::ProgramResult result = test::run_program({SHMX_SHMTOOL, "--version"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, StartsWith("shmtool, version "));
}

TEST(CommandLine, IsDescribedWithAllThatIsBelow) {
  const config::Command all = describe_commands();
  ASSERT_EQ(all.commands.size(), 4);
  const config::Command& dump = all.commands.front();
  EXPECT_EQ(dump.name, "dump");
  ASSERT_EQ(dump.arguments.size(), 1);
  EXPECT_EQ(dump.arguments[0].name, "FILE");
  EXPECT_TRUE(dump.arguments[0].required);
  ASSERT_EQ(dump.options.size(), 2);
  EXPECT_EQ(dump.options[1].names, std::vector<std::string>{"--json"});
  EXPECT_EQ(dump.options[1].value, "");
  const config::Command& top = all.commands[1];
  ASSERT_GT(top.options.size(), 2);
  EXPECT_EQ(top.options[1].value, "unix:PATH|HOST:PORT");
  EXPECT_EQ(top.options[1].standard, "unix:/run/shm-exporter/state/feed.sock");
}

}  // namespace
}  // namespace shmx::tool
