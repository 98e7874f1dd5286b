// The kernel says no, at every call that the shim makes, one after the other: the service goes on,
// series that exist stay exact, and what was dropped is what the drop counter says.
//
// subjects/service.cc is brought to where a phase begins; then strace is attached, which fails the
// n-th call of a kind (or every one from the n-th on), for n = 1, 2, ... until none is hit.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/shm/segment_view.h"
#include "tests/shm/subject.h"
#include "tests/shm/temp_dir.h"

namespace shmx::test {
namespace {

using layout::Loss;

struct Phase {
  const char* name;
  std::vector<std::string> steps;  ///< strace is attached at "wait"
  std::uint64_t exact;             ///< counts of steps_total that no fault in this phase may cost
};

// 700 series make the directory and the cells grow.
const std::vector<Phase> kPhases = {
    {"attach", {"wait", "count:20", "thread:5", "series:5", "publish", "count:20"}, 0},
    {"growth", {"count:10", "wait", "series:700", "count:20"}, 30},
    {"lease", {"count:10", "wait", "thread:10", "thread:10", "count:20"}, 30},
    {"fork_child", {"count:10", "fork", "wait", "count:20", "series:5", "thread:5"}, 0},
};

// What may fail: kinds of calls, in all the ways in which libc may make them.
const std::map<std::string, std::string> kCalls = {
    {"open", "openat"},         {"fstat", "fstat,newfstatat"},
    {"fchmod", "fchmod"},       {"fallocate", "fallocate"},
    {"fcntl", "fcntl"},         {"mmap", "mmap"},
    {"rename", "rename"},       {"close", "close"},
    {"getrandom", "getrandom"}, {"getrlimit", "prlimit64"},
    {"munmap", "munmap"},       {"readlink", "readlink"},
    {"unlink", "unlink"},
};

// An expression for strace: which calls fail, how and when.
using Fault = std::string;

Fault fault(const std::string& call, const std::string& error, const std::string& when) {
  return kCalls.at(call) + ":error=" + error + ":when=" + when;
}

struct Case {
  Phase phase;
  std::string call;
};

std::string name_of(const testing::TestParamInfo<Case>& info) {
  return std::string(info.param.phase.name) + "_" + info.param.call;
}
void PrintTo(const Case& c, std::ostream* out) {
  *out << c.phase.name << " " << c.call;
}

// Which calls each phase makes: each must be hit, or this test no longer tests what it says.
std::vector<Case> all_cases() {
  const std::map<std::string, std::vector<const char*>> calls = {
      {"attach",
       {"open", "fstat", "fchmod", "fallocate", "fcntl", "mmap", "rename", "close", "getrandom",
        "getrlimit", "readlink"}},
      {"growth", {"open", "fstat", "fallocate", "mmap", "close", "getrlimit"}},
      {"lease", {"open", "fstat", "fallocate", "mmap", "close", "getrlimit"}},
      {"fork_child",
       {"open", "fstat", "fchmod", "fallocate", "fcntl", "mmap", "rename", "close", "getrandom",
        "getrlimit"}},
  };
  std::vector<Case> cases;
  for (const Phase& phase : kPhases) {
    for (const char* const call : calls.at(phase.name)) {
      cases.push_back({phase, call});
    }
  }
  return cases;
}

std::string contents_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// What a process reported must be what its segment says, up to what it knows to have dropped.
void expect_accounted(const Report& report, const std::vector<SegmentView>& segments) {
  const std::uint64_t dropped = report.losses[static_cast<std::size_t>(Loss::observations_dropped)];
  if (report.path.empty()) {
    EXPECT_EQ(dropped, report.counted) << "without a segment everything is dropped";
    return;
  }
  for (const SegmentView& segment : segments) {
    if (segment.path == report.path) {
      EXPECT_EQ(segment.family_total("steps_total") + segment.family_total("wide_total"),
                report.counted - dropped);
      EXPECT_TRUE(std::equal(report.losses.begin(), report.losses.end(), segment.losses.begin()))
          << "the segment must tell the losses that the process knows";
      return;
    }
  }
  ADD_FAILURE() << report.path << " is missing";
}

struct Outcome {
  bool hit = false;
  int unfinished = 0;  ///< files without their final name
  std::vector<Report> reports;
  std::vector<SegmentView> segments;
};

// Removes files without their final name, as the agent does: only when nobody holds their lock.
int take_unfinished(const std::string& directory) {
  int taken = 0;
  for (const std::string& name : files_in(directory)) {
    const std::string path = std::string(directory).append("/").append(name);
    if (name.front() == '.') {
      const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
      EXPECT_EQ(segment_lock_state(fd.get()), LockState::free) << "the agent could not remove it";
      std::filesystem::remove(path);
      ++taken;
    }
  }
  return taken;
}

// Runs a phase with faults, and checks the books of every process in it.
Outcome run(const Phase& phase, const std::vector<Fault>& faults) {
  const TempDir segments;
  const TempDir notes;
  std::vector<std::string> command = phase.steps;
  command.insert(command.begin(), subject_program("shm_test_service"));
  Subject subject(command, {{"SHM_EXPORTER_DIR", segments.path()}});
  const std::string waiting = subject.line();
  std::vector<std::string> strace = {"strace",      "-f", "-o",
                                     notes / "log", "-p", waiting.substr(waiting.find(' ') + 1)};
  for (const Fault& expression : faults) {
    strace.insert(strace.end(), {"-e", "inject=" + expression});
  }
  Subject tracer(strace);
  EXPECT_NE(tracer.error_line().find("attached"), std::string::npos);
  subject.send("");
  Outcome outcome;
  outcome.reports = reports_in(subject.rest());
  subject.expect_success();
  tracer.wait();
  outcome.unfinished = take_unfinished(segments.path());
  outcome.segments = read_segments(segments.path());
  outcome.hit = contents_of(notes / "log").find("(INJECTED)") != std::string::npos;
  EXPECT_EQ(outcome.reports.size(), phase.name == std::string("fork_child") ? 2U : 1U);
  for (const Report& report : outcome.reports) {
    expect_accounted(report, outcome.segments);
  }
  if (phase.exact > 0) {
    EXPECT_GE(segment_of(segments.path(), outcome.reports[0].pid).value("steps_total"),
              phase.exact);
  }
  return outcome;
}

class FaultsTest : public testing::TestWithParam<Case> {};

TEST_P(FaultsTest, AreSurvivedAndAccountedFor) {
  const auto& [phase, call] = GetParam();
  for (const char* error : {"ENOSPC", "ENOMEM", "EMFILE", "EACCES", "EDQUOT"}) {
    for (const char* onwards : {"", "+"}) {
      bool hit = true;
      for (int n = 1; hit; ++n) {
        const std::string when = std::to_string(n) + onwards;
        SCOPED_TRACE(testing::Message() << call << " fails with " << error << ", when=" << when);
        const Outcome outcome = run(phase, {fault(call, error, when)});
        hit = outcome.hit;
        EXPECT_EQ(outcome.unfinished, 0) << "a failed attempt must not leave its file";
        EXPECT_TRUE(hit || n > 1) << "there is no such call";
        ASSERT_LT(n, 100) << "this does not end";
        if (HasFailure()) {
          return;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(EveryCall, FaultsTest, testing::ValuesIn(all_cases()), name_of);

std::uint64_t total_of(const Outcome& outcome) {
  std::uint64_t total = 0;
  for (const SegmentView& segment : outcome.segments) {
    total += segment.family_total("steps_total") + segment.family_total("wide_total");
  }
  return total;
}

TEST(SpecialFaultsTest, ANewbornThatTheAgentRemovedIsBornAgainWithoutALoss) {
  const Outcome outcome = run(kPhases[0], {fault("rename", "ENOENT", "1")});
  EXPECT_TRUE(outcome.hit);
  ASSERT_EQ(outcome.segments.size(), 1U);
  EXPECT_EQ(total_of(outcome), outcome.reports[0].counted);
}

TEST(SpecialFaultsTest, ABirthThatNeverSucceedsIsGivenUp) {
  const Outcome outcome = run(kPhases[0], {fault("rename", "ENOENT", "1+")});
  EXPECT_TRUE(outcome.hit);
  EXPECT_TRUE(outcome.segments.empty());
}

TEST(SpecialFaultsTest, ANewbornThatCannotBeRemovedIsLeftForTheAgent) {
  const Outcome outcome =
      run(kPhases[0], {fault("rename", "EDQUOT", "1+"), fault("unlink", "EACCES", "1+")});
  EXPECT_TRUE(outcome.hit);
  EXPECT_GE(outcome.unfinished, 1);
  EXPECT_TRUE(outcome.segments.empty());
}

TEST(SpecialFaultsTest, AMappingThatCannotBeGivenBackHarmsNobody) {
  const Outcome outcome =
      run(kPhases[0], {fault("fallocate", "ENOSPC", "2+"), fault("munmap", "ENOMEM", "1+")});
  EXPECT_TRUE(outcome.hit);
  EXPECT_TRUE(outcome.segments.empty());
}

TEST(SpecialFaultsTest, AnAllocationThatIsInterruptedIsDoneAgain) {
  for (const Phase& phase : kPhases) {
    const Outcome outcome = run(phase, {fault("fallocate", "EINTR", "1..3")});
    EXPECT_TRUE(outcome.hit);
    for (const Report& report : outcome.reports) {
      EXPECT_EQ(report.losses[0], 0U) << phase.name;
    }
  }
}

}  // namespace
}  // namespace shmx::test
