// shmtool check segments: who publishes, what is wrong, what to do, and the exit code that says
// whether anything is.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "agent/read/advice.h"
#include "tests/agent/testing/writer_process.h"
#include "tests/shm/image.h"
#include "tests/shm/temp_dir.h"
#include "tests/tool/program.h"

namespace shmx::tool {
namespace {

using shmx::testing::WriterProcess;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class CheckSegments : public ::testing::Test {
 protected:
  test::ProgramResult check() const {
    return test::run_program({SHMX_SHMTOOL, "check", "segments", directory_.path()});
  }

  std::string fine() const {
    const test::ProgramResult result = check();
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.err, "");
    EXPECT_THAT(result.out,
                AllOf(HasSubstr("verdict  nothing is wrong\n"), Not(HasSubstr("problem"))));
    return result.out;
  }

  std::string wrong() const {
    const test::ProgramResult result = check();
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_EQ(result.err, "");
    EXPECT_THAT(result.out, AllOf(HasSubstr("problem  "), Not(HasSubstr("verdict"))));
    return result.out;
  }

  void expect_refused(const std::string& reason) const {
    EXPECT_THAT(wrong(), AllOf(HasSubstr(" (" + reason + ")"),
                               HasSubstr("-> " + std::string(read::find_advice(reason)->remedy))));
  }

  std::string path(std::string_view name) const { return directory_ / name; }
  void write(std::string_view name, std::string_view content) const {
    std::ofstream(path(name), std::ios::binary) << content;
  }

  const test::TempDir directory_;
};

TEST_F(CheckSegments, SaysWhoPublishesWithWhichShim) {
  WriterProcess writer(directory_.path(), "orders");
  writer.run("counter c orders_total");
  writer.run("add c 1");
  EXPECT_THAT(fine(),
              AllOf(HasSubstr(": 1 live, 0 ended, 0 refused\n"),
                    ContainsRegex("STATE +JOB +PID +PROGRAM +USER +SHIM +SERIES +STARTED +FILE"),
                    ContainsRegex("live +orders +" + std::to_string(writer.pid()) +
                                  " +shmx_segment_wr +[a-z0-9-]+ +1\\.[0-9]+ +2 ")));
}

TEST_F(CheckSegments, AnEmptyDirectoryIsFineAndSaysWhoWouldPublish) {
  EXPECT_THAT(fine(), AllOf(HasSubstr("nobody publishes here"), HasSubstr("SHM_EXPORTER_DIR")));
}

TEST_F(CheckSegments, AnEndedProcessWaitsForTheAgent) {
  test::small_image().write_to(test::create_file(path("a.shmx")));
  EXPECT_THAT(fine(), AllOf(HasSubstr(": 0 live, 1 ended, 0 refused\n"),
                            HasSubstr("until an agent has added up what they counted")));
}

TEST_F(CheckSegments, WhatIsBeingBornIsNobodysBusiness) {
  write("." + std::string(32, 'a'), "");
  fine();
}

TEST_F(CheckSegments, FilesThatAreNoSegmentsAreRefusedWithAdvice) {
  std::filesystem::create_directory(path("a"));
  expect_refused("directory");
  ASSERT_EQ(::mkfifo(path("b.shmx").c_str(), 0600), 0);
  expect_refused("fifo");
  std::filesystem::create_symlink("elsewhere", path("c.shmx"));
  expect_refused("symlink");
  write("d", "x");
  expect_refused("foreign_name");
  write("e.shmx", std::string(100'000, 'x'));
  expect_refused("not_a_segment");
  std::filesystem::resize_file(path("e.shmx"), 1 << 20);
  expect_refused("sparse");
}

TEST_F(CheckSegments, AnotherMajorVersionSaysWhatGoesTogether) {
  test::Image image = test::small_image();
  image.header().major = 9;
  image.write_to(test::create_file(path("a.shmx")));
  expect_refused("version");
}

TEST_F(CheckSegments, TwoNamesOfOneSegmentAreOneTooMany) {
  test::small_image().write_to(test::create_file(path("a.shmx")));
  std::filesystem::create_hard_link(path("a.shmx"), path("b.shmx"));
  expect_refused("hard_link");
}

TEST_F(CheckSegments, AnotherMinorVersionIsServedAndNoted) {
  for (const int step : {-1, 1}) {
    test::Image image = test::small_image();
    image.header().minor = static_cast<std::uint16_t>(layout::kMinor + step);
    image.write_to(test::create_file(path("a.shmx")));
    EXPECT_THAT(fine(), AllOf(HasSubstr("note     image (pid "),
                              HasSubstr(step < 0 ? "Rebuild the service" : "Upgrade the package")));
  }
}

TEST_F(CheckSegments, ReservedNamesAreToldWithTheName) {
  WriterProcess writer(directory_.path(), "orders");
  writer.run("counter a up");
  writer.run("counter b x_total label:job=1");
  writer.run("add a 1");
  writer.run("add b 1");
  expect_refused("reserved_family");
  expect_refused("reserved_label");
  EXPECT_THAT(wrong(),
              AllOf(HasSubstr("(reserved_family): up\n"), HasSubstr("(reserved_label): job\n")));
}

TEST_F(CheckSegments, WhatAProcessLosesIsAProblemAndSaysWhatToDo) {
  WriterProcess writer(directory_.path(), "orders");
  writer.run("counter a a_total");
  writer.run("add a 1");
  writer.run("fraction a -1");
  EXPECT_THAT(wrong(),
              AllOf(ContainsRegex("problem  orders \\(pid [0-9]+\\): 1 values were NaN, infinite"),
                    HasSubstr("(values_refused)\n         -> Correct what the service counts.\n")));
}

TEST_F(CheckSegments, WhatOverflowsIsNotedForNothingIsLost) {
  WriterProcess writer(directory_.path(), "orders", 3);
  for (const std::string counter : {"a a_total", "b b_total", "c c_total", "d d_total"}) {
    writer.run("counter " + counter);
  }
  writer.run("add a 1");
  EXPECT_THAT(fine(), AllOf(HasSubstr("note     orders (pid "),
                            HasSubstr("1 series went to their family's overflow series"),
                            HasSubstr("ProcessOptions::max_series")));
}

TEST_F(CheckSegments, AFloodOfOneReasonDoesNotBuryTheOthers) {
  for (int i = 0; i < 100; ++i) {
    write("flood" + std::to_string(i), "x");
  }
  write("z.shmx", std::string(100'000, 'x'));
  EXPECT_THAT(wrong(), AllOf(HasSubstr("and 90 more\n"), HasSubstr("z.shmx does not begin")));
}

TEST_F(CheckSegments, ADirectoryThatIsOpenToOthersWithoutProtectionIsAProblem) {
  ASSERT_EQ(::chmod(directory_.path().c_str(), 0777), 0);
  EXPECT_THAT(wrong(), AllOf(HasSubstr("is not sticky"), HasSubstr("is not setgid"),
                             HasSubstr("chmod 3733 " + directory_.path())));
  ASSERT_EQ(::chmod(directory_.path().c_str(), 03733), 0);
  fine();
}

TEST_F(CheckSegments, NothingThatASegmentSaysDrivesATerminal) {
  test::Image image("re\x1b[2Jtail");
  image.write_to(test::create_file(path("a\x1b[2J.shmx")));
  EXPECT_THAT(check().out, AllOf(Not(HasSubstr("\x1b")), HasSubstr("re\\x1b[2Jtail")));
}

TEST_F(CheckSegments, ADirectoryThatIsNotThereSaysWhoCreatesIt) {
  const test::ProgramResult result =
      test::run_program({SHMX_SHMTOOL, "check", "segments", path("none")});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, AllOf(HasSubstr("cannot list " + path("none") + ": No such file"),
                                HasSubstr("is shm_exporter running")));
}

TEST_F(CheckSegments, ADirectoryThatMayNotBeListedSaysAsWhomToRun) {
  ASSERT_EQ(::chmod(directory_.path().c_str(), 03733), 0);
  // By a descriptor, since other users may not come to where the program is.
  const std::string script =
      "exec 3<\"$0\"; exec setpriv --reuid=65534 --regid=65534 --clear-groups /proc/self/fd/3 "
      "check segments \"$1\"";
  const test::ProgramResult result =
      test::run_program({"/bin/sh", "-c", script, SHMX_SHMTOOL, directory_.path()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr("Permission denied"), HasSubstr("sudo")));
}

TEST_F(CheckSegments, OutputThatCannotBeWrittenIsAnError) {
  const test::ProgramResult result =
      test::run_program({"/bin/sh", "-c", "exec \"$0\" check segments \"$1\" >/dev/full",
                         SHMX_SHMTOOL, directory_.path()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("cannot write"));
}

}  // namespace
}  // namespace shmx::tool
