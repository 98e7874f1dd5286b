// shmtool top against a feed, where there is no terminal: as a pipe or a script sees it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/shm/temp_dir.h"
#include "tests/tool/feeding_agent.h"
#include "tests/tool/program.h"

namespace shmx::tool {
namespace {

using ::shmx::test::ProgramResult;
using ::shmx::test::run_program;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class Top : public ::testing::Test {
 protected:
  std::string address() const { return "unix:" + (directory_ / "feed.sock"); }

  ProgramResult top(std::vector<std::string> more = {}) const {
    std::vector<std::string> argv = {SHMX_SHMTOOL, "top", "--address", address()};
    argv.insert(argv.end(), more.begin(), more.end());
    return run_program(argv);
  }

  ::shmx::test::TempDir directory_;
};

int count_of(const std::string& part, const std::string& text) {
  int count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

TEST_F(Top, PrintsOneTableOfRatesAndEnds) {
  const test::FeedingAgent agent(address());
  const ProgramResult result = top();
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, IsEmpty());
  EXPECT_THAT(result.out, ContainsRegex(" RPC/s  1 job  60 processes .*\nJOB +PROCS +▼RPC/S"));
  EXPECT_THAT(result.out, ContainsRegex("\norders +60 +[0-9.]+[k0-9]* +25 +-"));
  EXPECT_THAT(result.out, Not(HasSubstr("\x1b")));
}

TEST_F(Top, PrintsAsManyTablesAsAreWanted) {
  const test::FeedingAgent agent(address());
  const ProgramResult result = top({"--iterations", "2"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(count_of("JOB", result.out), 2);
  EXPECT_THAT(result.out, HasSubstr("\n\n"));
}

TEST_F(Top, ShowsMethodsSortedAndFiltered) {
  const test::FeedingAgent agent(address());
  EXPECT_THAT(top({"--by", "method", "--sort", "method"}).out,
              AllOf(HasSubstr("METHOD▲"), HasSubstr("shop.Orders/Place")));
  EXPECT_THAT(top({"--filter", "nobody"}).out, Not(HasSubstr("orders")));
}

TEST_F(Top, WithoutAnAgentSaysWhereItLooked) {
  const ProgramResult result = top();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_THAT(result.err, AllOf(StartsWith("shmtool: "), HasSubstr(address()),
                                HasSubstr("is shm_exporter running")));
}

TEST_F(Top, OutputThatCannotBeWrittenIsAnError) {
  const test::FeedingAgent agent(address());
  const ProgramResult result = run_program(
      {"/bin/sh", "-c", "exec \"$0\" top --address \"$1\" >/dev/full", SHMX_SHMTOOL, address()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("cannot write"));
}

TEST(TopCommandLine, RefusesWhatItCannotDo) {
  const auto refused = [](std::vector<std::string> more) {
    std::vector<std::string> argv = {SHMX_SHMTOOL, "top"};
    argv.insert(argv.end(), more.begin(), more.end());
    const ProgramResult result = run_program(argv);
    EXPECT_NE(result.exit_code, 0);
    EXPECT_THAT(result.out, IsEmpty());
    return result.err;
  };
  EXPECT_THAT(refused({"--sort", "colour"}), HasSubstr("--sort"));
  EXPECT_THAT(refused({"--sort", "procs", "--by", "method"}), HasSubstr("--by method"));
  EXPECT_THAT(refused({"--interval", "10"}), HasSubstr("--interval"));
  EXPECT_THAT(refused({"--interval", "10ms"}), HasSubstr("--interval"));
  EXPECT_THAT(refused({"--iterations", "-1"}), HasSubstr("--iterations"));
}

TEST(TopCommandLine, HelpSaysWhatTheOptionsAre) {
  const ProgramResult result = run_program({SHMX_SHMTOOL, "top", "--help"});
  EXPECT_EQ(result.exit_code, 0);
  for (const char* text :
       {"--address", "--interval", "--sort", "--filter", "--iterations", "--by"}) {
    EXPECT_THAT(result.out, HasSubstr(text));
  }
}

}  // namespace
}  // namespace shmx::tool
