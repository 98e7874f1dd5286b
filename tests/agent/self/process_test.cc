// /proc, real and made up.
#include "agent/self/process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "shm/file.h"
#include "tests/shm/temp_dir.h"

namespace shmx::self {
namespace {

std::vector<std::string> names(const ProcessStatistics& process) {
  std::vector<std::string> result;
  for (const auto& family : process_families(process)) {
    result.push_back(family.name);
  }
  return result;
}

TEST(Process, SaysEverythingOfThisProcess) {
  const ProcessStatistics process = read_process("/proc");
  EXPECT_THAT(
      names(process),
      ::testing::ElementsAre("process_cpu_seconds_total", "process_max_fds", "process_open_fds",
                             "process_resident_memory_bytes", "process_start_time_seconds",
                             "process_threads", "process_virtual_memory_bytes"));
  EXPECT_GE(*process.threads, 1);
  EXPECT_GT(*process.resident_memory_bytes, 100'000);
  EXPECT_GE(*process.virtual_memory_bytes, *process.resident_memory_bytes);
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(*process.max_fds, static_cast<double>(limit.rlim_cur));
}

TEST(Process, StartedBeforeNowAndSinceTheMachineDid) {
  const ProcessStatistics process = read_process("/proc");
  const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
  EXPECT_LE(*process.start_time_seconds, now.count() + 1);
  EXPECT_GT(*process.start_time_seconds, 1.5e9);
}

TEST(Process, CountsADescriptorMoreOnceItIsOpened) {
  const double before = *read_process("/proc").open_fds;
  const UniqueFd fd(open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(*read_process("/proc").open_fds, before + 1);
}

class MadeUpProc : public ::testing::Test {
 protected:
  void write(const std::string& path, const std::string& content) {
    const std::filesystem::path file = std::filesystem::path(proc_.path()) / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << content;
  }
  test::TempDir proc_;
};

TEST_F(MadeUpProc, ACommandNameMayHoldParenthesesAndSpaces) {
  write("self/stat",
        "7 (a) R 1 (b) S 1 7 7 0 -1 4194560 10 0 0 0 150 50 0 0 20 0 3 0 1000 4096000 25 0 0");
  write("stat", "cpu 1 2 3\nbtime 1600000000\n");
  const ProcessStatistics process = read_process(proc_.path());
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  EXPECT_EQ(*process.cpu_seconds, 200 / ticks);
  EXPECT_EQ(*process.threads, 3);
  EXPECT_EQ(*process.virtual_memory_bytes, 4096000);
  EXPECT_EQ(*process.resident_memory_bytes, 25.0 * static_cast<double>(sysconf(_SC_PAGESIZE)));
  EXPECT_EQ(*process.start_time_seconds, 1600000000 + 1000 / ticks);
}

TEST_F(MadeUpProc, WhatCannotBeReadIsLeftOut) {
  write("self/stat", "garbage");
  write("self/limits",
        "Max open files            unlimited            unlimited            files\n");
  EXPECT_THAT(names(read_process(proc_.path())), ::testing::IsEmpty());
}

TEST_F(MadeUpProc, AnotherProcessIsReadByItsNumber) {
  write("7/stat", "7 (a) R 1 7 7 0 -1 4194560 10 0 0 0 150 50 0 0 20 0 3 0 1000 4096000 25 0 0");
  write("7/limits",
        "Limit                     Soft Limit           Hard Limit           Units\n"
        "Max open files            1024                 1048576              files\n");
  write("7/fd/0", "");
  write("7/fd/1", "");
  const ProcessStatistics process = read_process(proc_.path(), "7", std::nullopt);
  EXPECT_EQ(process.threads, 3);
  EXPECT_EQ(process.max_fds, 1024);
  EXPECT_EQ(process.start_ticks, 1000U);
  EXPECT_FALSE(process.start_time_seconds);
}

}  // namespace
}  // namespace shmx::self
