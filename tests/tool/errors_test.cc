// What an operator is told about a file that is no segment. Each message names the file, what is
// wrong and what was expected, and the exit code says that there is no output.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "tests/shm/image.h"
#include "tests/shm/temp_dir.h"
#include "tests/tool/program.h"

namespace shmx::tool {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class DumpErrors : public ::testing::Test {
 protected:
  std::string path() const { return directory_ / "wrong.shmx"; }

  void write(std::string_view content) const { std::ofstream(path(), std::ios::binary) << content; }

  void expect_refused(std::string_view reason) const {
    for (const char* flag : {"--json", ""}) {
      std::vector<std::string> argv = {SHMX_SHMTOOL, "dump", path()};
      if (*flag != '\0') {
        argv.emplace_back(flag);
      }
      const test::ProgramResult result = test::run_program(argv);
      EXPECT_EQ(result.exit_code, 1);
      EXPECT_EQ(result.out, "");
      EXPECT_THAT(result.err, AllOf(StartsWith("shmtool: cannot "), HasSubstr(path()),
                                    HasSubstr(std::string(reason)), HasSubstr("expected")));
    }
  }

  test::TempDir directory_;
};

TEST_F(DumpErrors, AMissingFile) {
  expect_refused("No such file");
}

TEST_F(DumpErrors, AnEmptyFile) {
  write("");
  expect_refused("truncated");
}

TEST_F(DumpErrors, Garbage) {
  write(std::string(100'000, 'x'));
  expect_refused("not_a_segment");
}

TEST_F(DumpErrors, AnotherMajorVersion) {
  test::Image image = test::small_image();
  image.header().major = 9;
  image.write_to(test::create_file(path()));
  expect_refused("version");
}

TEST_F(DumpErrors, ASegmentThatWasCut) {
  test::small_image().write_to(test::create_file(path()));
  std::filesystem::resize_file(path(), std::filesystem::file_size(path()) - 4096);
  expect_refused("truncated");
}

TEST_F(DumpErrors, ADirectory) {
  std::filesystem::create_directory(path());
  expect_refused("not a regular file");
}

TEST_F(DumpErrors, AFifoWithoutAWriter) {
  ASSERT_EQ(mkfifo(path().c_str(), 0600), 0);
  expect_refused("not a regular file");
}

TEST_F(DumpErrors, ASymbolicLink) {
  std::filesystem::create_symlink("elsewhere", path());
  expect_refused("symbolic link");
}

TEST(CommandLine, HelpNamesTheCommand) {
  const test::ProgramResult result = test::run_program({SHMX_SHMTOOL, "--help"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr("dump"));
}

TEST(CommandLine, OutputThatCannotBeWrittenIsAnError) {
  test::TempDir directory;
  const std::string path = directory / "right.shmx";
  test::small_image().write_to(test::create_file(path));
  const test::ProgramResult result = test::run_program(
      {"/bin/sh", "-c", "exec \"$0\" dump \"$1\" >/dev/full", SHMX_SHMTOOL, path});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("cannot write"));
}

}  // namespace
}  // namespace shmx::tool
