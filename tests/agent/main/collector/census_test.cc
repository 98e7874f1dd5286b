// Which processes and files the status page is told of.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "agent/scan/scanner.h"
#include "tests/agent/main/collector/tenanted.h"

namespace shmx::testing {
namespace {

using status::Census;
using status::Problem;
using status::Process;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Census, NamesEachLiveProcessAsTheKernelAndItSay) {
  Collected agent;
  WriterProcess writer(agent.directory.path(), "shop");
  writer.run("counter orders orders_total");
  writer.run("add orders 5");
  agent.scrape();
  const Census census = agent.collector->census();
  ASSERT_THAT(census.processes, SizeIs(1));
  const Process& process = census.processes[0];
  EXPECT_EQ(process.job, "shop");
  EXPECT_EQ(process.pid, static_cast<std::uint32_t>(writer.pid()));
  EXPECT_EQ(process.uid, ::getuid());
  EXPECT_EQ(process.state, Process::State::live);
  EXPECT_EQ(process.layout, std::to_string(layout::kMajor) + "." + std::to_string(layout::kMinor));
  EXPECT_GT(process.start_time_seconds, 1e9);
  EXPECT_EQ(process.series, 2U) << "its own, and the family's for those beyond the limit";
  EXPECT_THAT(census.problems, IsEmpty());
  ASSERT_THAT(census.jobs, SizeIs(1));
  EXPECT_EQ(census.jobs[0].series, 2U);
}

TEST(Census, TellsWhatHasLostSomething) {
  Collected agent;
  WriterProcess writer(agent.directory.path(), "shop");
  writer.run("counter c c_total ticks=10");
  writer.run("add c 1");
  writer.run("fraction c -1");
  agent.scrape();
  const Census census = agent.collector->census();
  ASSERT_THAT(census.processes, SizeIs(1));
  EXPECT_EQ(census.processes[0].state, Process::State::degraded);
}

TEST(Census, ForgetsAProcessThatIsGone) {
  Collected agent;
  WriterProcess writer(agent.directory.path(), "shop");
  writer.run("counter orders orders_total");
  writer.run("add orders 5");
  agent.scrape();
  writer.kill();
  agent.scrape();
  const Census census = agent.collector->census();
  EXPECT_THAT(census.processes, IsEmpty());
  EXPECT_THAT(census.jobs, SizeIs(1)) << "what it has counted is kept";
}

TEST(Census, NamesARefusedFileWithItsReasonUntilItIsGone) {
  Collected agent;
  agent.directory.write("garbage.shmx", std::string(8192, 'x'));
  agent.collector->rescan(agent.now);
  const Census census = agent.collector->census();
  ASSERT_THAT(census.problems, SizeIs(1));
  const Problem& problem = census.problems[0];
  EXPECT_EQ(problem.file, agent.directory.file("garbage.shmx"));
  EXPECT_EQ(problem.state, Problem::State::refused);
  EXPECT_EQ(problem.reason, "not_a_segment");
  EXPECT_THAT(problem.detail, HasSubstr("magic"));
  EXPECT_THAT(problem.remedy, HasSubstr("Remove it"));
  EXPECT_EQ(problem.uid, ::getuid());
  EXPECT_EQ(census.problems_unnamed, 0U);
  std::filesystem::remove(agent.directory.file("garbage.shmx"));
  agent.collector->rescan(agent.now);
  EXPECT_THAT(agent.collector->census().problems, IsEmpty());
}

TEST(Census, NamesSoManyFilesAndCountsTheOthers) {
  Collected agent;
  constexpr std::size_t kFiles = scan::Scanner::kMaxNamedRefusals + 20;
  for (std::size_t i = 0; i < kFiles; ++i) {
    agent.directory.write("note" + std::to_string(i), "x");
  }
  agent.collector->rescan(agent.now);
  Census census = agent.collector->census();
  EXPECT_THAT(census.problems, SizeIs(scan::Scanner::kMaxNamedRefusals));
  EXPECT_EQ(census.problems_unnamed, 20U);
  for (const Problem& problem : census.problems) {
    std::filesystem::remove(problem.file);
  }
  agent.collector->rescan(agent.now);
  census = agent.collector->census();
  EXPECT_EQ(census.problems.size() + census.problems_unnamed, 20U);
}

TEST(Census, NamesAQuarantinedSegmentAndWhy) {
  Collected agent;
  WriterProcess writer(agent.directory.path(), "shop");
  writer.run("counter orders orders_total");
  writer.run("add orders 5");
  agent.scrape();
  const std::string path = writer.run("path");
  std::filesystem::resize_file(path, 4096);
  agent.scrape();
  agent.scrape();
  const Census census = agent.collector->census();
  EXPECT_THAT(census.processes, IsEmpty());
  ASSERT_THAT(census.problems, SizeIs(1));
  const Problem& problem = census.problems[0];
  EXPECT_EQ(problem.state, Problem::State::quarantined);
  EXPECT_EQ(problem.reason, "truncated");
  EXPECT_EQ(problem.job, "shop");
  EXPECT_EQ(problem.pid, static_cast<std::uint32_t>(writer.pid()));
  EXPECT_THAT(problem.file, EndsWith("….shmx")) << "the random bits of its name are nobody's";
}

class CensusOfTenants : public ::testing::Test, protected Tenanted {};

TEST_F(CensusOfTenants, SaysWhoseEachIsAndWhichLineWouldAdmitAJob) {
  blue.jobs = {"shop"};
  start();
  const auto good = counted(blue_directory, "shop", 3);
  const auto thief = counted(blue_directory, "ledger", 3);
  green_directory.write("notes.txt", "x");
  agent->collector->rescan(agent->now);
  agent->scrape();
  const Census census = agent->collector->census();
  ASSERT_THAT(census.processes, SizeIs(1));
  EXPECT_EQ(census.processes[0].tenant, "blue");
  ASSERT_THAT(census.problems, SizeIs(2));
  EXPECT_EQ(census.problems[0].tenant, "blue");
  EXPECT_EQ(census.problems[0].job, "ledger");
  EXPECT_EQ(census.problems[0].reason, "claim");
  EXPECT_THAT(census.problems[0].detail, HasSubstr(R"(jobs: ["shop", "ledger"])"));
  EXPECT_EQ(census.problems[1].tenant, "green");
  EXPECT_EQ(census.problems[1].reason, "foreign_name");
}

}  // namespace
}  // namespace shmx::testing
