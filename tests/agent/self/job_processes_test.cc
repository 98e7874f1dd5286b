// What a job's processes are shown as, of a made-up /proc.
#include "agent/self/job_processes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tests/shm/temp_dir.h"

namespace shmx::self {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

constexpr std::int64_t kBoot = 1'600'000'000;
constexpr std::int64_t kUptime = 500;  // when the agent begins
constexpr std::uint32_t kUser = 1000;

/// name{labels} to value.
using Values = std::map<std::string, double>;

struct Faked {
  std::string pid;
  std::int64_t began = kUptime + 10;  ///< seconds after the boot
  double cpu = 0;                     ///< seconds
  int threads = 1;
  std::uint32_t uid = kUser;
  std::string namespaces{};  ///< NSpid; empty: as pid
  std::string limit = "1024";
};

class JobProcessesTest : public ::testing::Test {
 protected:
  void write(const std::string& path, const std::string& content) {
    const std::filesystem::path file = std::filesystem::path(proc_.path()) / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << content;
  }

  void run(const Faked& process) {
    const auto ticks = [](double seconds) {
      return std::to_string(static_cast<long>(seconds * static_cast<double>(sysconf(_SC_CLK_TCK))));
    };
    write(process.pid + "/stat", process.pid + " (a) R 1 7 7 0 -1 4194560 10 0 0 0 " +
                                     ticks(process.cpu) + " 0 0 0 20 0 " +
                                     std::to_string(process.threads) + " 0 " +
                                     ticks(static_cast<double>(process.began)) + " 4096000 25 0 0");
    const std::string uid = std::to_string(process.uid);
    write(process.pid + "/status",
          "Name:\ta\nUid:\t" + uid + "\t" + uid + "\t" + uid + "\t" + uid + "\nNSpid:\t" +
              (process.namespaces.empty() ? process.pid : process.namespaces) + "\n");
    write(process.pid + "/limits", "Max open files   " + process.limit + "   1048576   files\n");
    write(process.pid + "/fd/0", "");
  }

  void end(const std::string& pid) {
    std::filesystem::remove_all(std::filesystem::path(proc_.path()) / pid);
  }

  /// A segment of this process, made at its start unless it says otherwise.
  static aggregate::JobProcess segment_of(const std::string& pid,
                                          std::int64_t created = kUptime + 10) {
    return {pid, (kBoot + created) * 1'000'000'000};
  }

  static aggregate::MeasuredJob job(std::vector<aggregate::JobProcess> processes,
                                    bool per_process = false) {
    return {"", {{"job", "orders"}}, kUser, per_process, std::move(processes)};
  }

  Values measure(const std::vector<aggregate::MeasuredJob>& jobs,
                 const model::Snapshot& collected = {}) {
    Values values;
    for (const model::Family& family : processes_.measure(jobs, collected)) {
      for (const model::Point& point : family.points) {
        const auto* const gauge = std::get_if<model::GaugeValue>(&point.value);
        values[family.info->name + "{" + point.series->label_block() + "}"] =
            gauge != nullptr ? gauge->value
                             : model::to_units(std::get<model::CounterValue>(point.value).ticks,
                                               family.info->ticks_per_unit);
      }
    }
    return values;
  }

  double cpu(const std::vector<aggregate::JobProcess>& processes) {
    return measure({job(processes)}).at("process_cpu_seconds_total{job=\"orders\"}");
  }

  test::TempDir proc_;
  JobProcesses processes_ = [this] {
    write("stat", "btime " + std::to_string(kBoot) + "\n");
    write("uptime", std::to_string(kUptime) + ".00 1.00\n");
    return JobProcesses(proc_.path());
  }();
};

TEST_F(JobProcessesTest, AJobHasTheSumsOfItsProcessesAndTheStartOfTheNewest) {
  run({.pid = "7", .began = kUptime + 10, .cpu = 1.5, .threads = 3});
  run({.pid = "8", .began = kUptime + 20, .cpu = 2.25, .threads = 4});
  const auto page_bytes = static_cast<double>(sysconf(_SC_PAGESIZE));
  EXPECT_THAT(measure({job({segment_of("7"), segment_of("8", kUptime + 20)})}),
              ElementsAre(Pair("process_cpu_seconds_total{job=\"orders\"}", 3.75),
                          Pair("process_max_fds{job=\"orders\"}", 2048),
                          Pair("process_open_fds{job=\"orders\"}", Gt(0)),
                          Pair("process_resident_memory_bytes{job=\"orders\"}", 50 * page_bytes),
                          Pair("process_start_time_seconds{job=\"orders\"}", kBoot + kUptime + 20),
                          Pair("process_threads{job=\"orders\"}", 7),
                          Pair("process_virtual_memory_bytes{job=\"orders\"}", 2 * 4096000.0),
                          Pair("shm_exporter_job_processes_measured{job=\"orders\"}", 2)));
}

TEST_F(JobProcessesTest, CpuTimeGoesOnWhenAProcessEnds) {
  run({.pid = "7", .cpu = 5});
  run({.pid = "8", .cpu = 1});
  EXPECT_EQ(cpu({segment_of("7"), segment_of("8")}), 6);
  end("7");
  run({.pid = "8", .cpu = 2});
  EXPECT_EQ(cpu({segment_of("8")}), 7);
  end("8");
  const Values last = measure({job({})});
  EXPECT_THAT(last, ElementsAre(Pair("process_cpu_seconds_total{job=\"orders\"}", 7),
                                Pair("shm_exporter_job_processes_measured{job=\"orders\"}", 0)));
  run({.pid = "7", .began = kUptime + 90, .cpu = 1});  // The number is used again.
  EXPECT_EQ(cpu({segment_of("7", kUptime + 90)}), 8);
}

TEST_F(JobProcessesTest, OfAProcessThatIsOlderThanTheAgentWhatItUsesFromThenOnCounts) {
  run({.pid = "7", .began = 10, .cpu = 1000});
  EXPECT_EQ(cpu({segment_of("7", 10)}), 0);
  run({.pid = "7", .began = 10, .cpu = 1003});
  EXPECT_EQ(cpu({segment_of("7", 10)}), 3);
  end("7");
  EXPECT_EQ(cpu({}), 3);
}

TEST_F(JobProcessesTest, WhoeverIsAskedForAnewBeginsAt0) {
  run({.pid = "7", .cpu = 40});
  write("uptime", std::to_string(kUptime + 100) + ".00 1.00\n");
  processes_.begin_again();
  EXPECT_EQ(cpu({segment_of("7")}), 0);
}

TEST_F(JobProcessesTest, AJobThatGoesOnBeganWhenItDid) {
  run({.pid = "7", .cpu = 40});
  const auto began = [this] {
    for (const model::Family& family : processes_.measure({job({segment_of("7")})}, {})) {
      if (family.info->type == model::Type::counter) {
        return family.points.at(0).created_unix_ns;
      }
    }
    return std::int64_t{0};
  };
  EXPECT_EQ(began(), (kBoot + kUptime) * 1'000'000'000);
  write("uptime", std::to_string(kUptime + 100) + ".00 1.00\n");
  processes_.begin_again();
  EXPECT_EQ(began(), (kBoot + kUptime) * 1'000'000'000);
  EXPECT_EQ(cpu({segment_of("7")}), 40);
}

TEST_F(JobProcessesTest, AProcessWithSeveralSegmentsCountsOnce) {
  run({.pid = "7", .cpu = 5, .threads = 3});
  const Values values = measure({job({segment_of("7"), segment_of("7", kUptime + 30)})});
  EXPECT_THAT(values, Contains(Pair("process_cpu_seconds_total{job=\"orders\"}", 5)));
  EXPECT_THAT(values, Contains(Pair("process_threads{job=\"orders\"}", 3)));
}

TEST_F(JobProcessesTest, AProcessThatBecomesAnotherProgramCountsOnce) {
  run({.pid = "7", .cpu = 5});
  EXPECT_EQ(cpu({segment_of("7")}), 5);
  EXPECT_EQ(cpu({}), 5);  // Its segment went with the program before.
  run({.pid = "7", .cpu = 6});
  EXPECT_EQ(cpu({segment_of("7", kUptime + 50)}), 6);
}

TEST_F(JobProcessesTest, AProcessThatIsHiddenForAWhileCountsOnce) {
  run({.pid = "7", .cpu = 5});
  EXPECT_EQ(cpu({segment_of("7")}), 5);
  end("7");
  EXPECT_EQ(cpu({segment_of("7")}), 5);  // Its segment says that it lives.
  run({.pid = "7", .cpu = 6});
  EXPECT_EQ(cpu({segment_of("7")}), 6);
}

TEST_F(JobProcessesTest, WhatIsNotSurelyTheSegmentsProcessIsAbsent) {
  run({.pid = "1", .uid = kUser + 1});
  run({.pid = "2", .began = kUptime + 30});
  run({.pid = "3", .namespaces = "3\t9"});
  run({.pid = "4"});
  run({.pid = "50", .namespaces = "50\t4"});  // Either may have made 4's segment.
  const Values values = measure({job({segment_of("1"), segment_of("2", kUptime + 20),
                                      segment_of("3"), segment_of("4"), segment_of("no such")})});
  EXPECT_THAT(values, ElementsAre(Pair("shm_exporter_job_processes_measured{job=\"orders\"}", 0)));
}

TEST_F(JobProcessesTest, AnotherUsersContainersDoNotMatter) {
  run({.pid = "4"});
  run({.pid = "50", .uid = kUser + 1, .namespaces = "50\t4"});
  run({.pid = "51", .namespaces = "51\t5"});
  EXPECT_THAT(measure({job({segment_of("4")})}),
              Contains(Pair("shm_exporter_job_processes_measured{job=\"orders\"}", 1)));
}

TEST_F(JobProcessesTest, UsersThatCannotBeToldApartHaveNone) {
  run({.pid = "7", .uid = 65'534});
  aggregate::MeasuredJob nobody = job({segment_of("7")});
  nobody.owner = 65'534;
  EXPECT_THAT(measure({nobody}),
              ElementsAre(Pair("shm_exporter_job_processes_measured{job=\"orders\"}", 0)));
}

TEST_F(JobProcessesTest, ANumberThatOneProcessDoesNotHaveIsAbsentOfTheJob) {
  run({.pid = "7"});
  run({.pid = "8", .limit = "unlimited"});
  const Values values = measure({job({segment_of("7"), segment_of("8")})});
  EXPECT_THAT(values, Not(Contains(Key("process_max_fds{job=\"orders\"}"))));
  EXPECT_THAT(values, Contains(Pair("process_threads{job=\"orders\"}", 2)));
}

TEST_F(JobProcessesTest, WithPerProcessEachHasItsOwnAsTheKernelSays) {
  run({.pid = "7", .began = 10, .cpu = 1000, .threads = 3});
  run({.pid = "8", .cpu = 2, .threads = 4});
  const std::vector both = {segment_of("7", 10), segment_of("8")};
  const Values values = measure({job(both, true)});
  EXPECT_THAT(values, Contains(Pair("process_cpu_seconds_total{job=\"orders\",pid=\"7\"}", 1000)));
  EXPECT_THAT(values, Contains(Pair("process_cpu_seconds_total{job=\"orders\",pid=\"8\"}", 2)));
  EXPECT_THAT(values, Contains(Pair("process_threads{job=\"orders\",pid=\"7\"}", 3)));
  EXPECT_THAT(measure({job({segment_of("8")}, true)}),
              Not(Contains(Key("process_cpu_seconds_total{job=\"orders\",pid=\"7\"}"))));
}

TEST_F(JobProcessesTest, WhatAJobPublishesByItselfStaysAndNoOtherJobLosesIt) {
  run({.pid = "7"});
  auto info = std::make_shared<model::FamilyInfo>();
  info->name = "process_threads";
  info->type = model::Type::gauge;
  model::Snapshot collected;
  collected.families.push_back(
      {info,
       {{std::make_shared<model::Series>(Labels{{"job", "orders"}, {"kind", "own"}}),
         model::GaugeValue{9}}}});
  aggregate::MeasuredJob other = job({segment_of("7")});
  other.labels = {{"job", "search"}};
  const Values values = measure({job({segment_of("7")}), other}, collected);
  EXPECT_THAT(values, Not(Contains(Key("process_threads{job=\"orders\"}"))));
  EXPECT_THAT(values, Contains(Key("process_threads{job=\"search\"}")));
  EXPECT_THAT(values, Contains(Key("process_open_fds{job=\"orders\"}")));
}

TEST_F(JobProcessesTest, ATenantsFamiliesAreItsOwn) {
  run({.pid = "7"});
  aggregate::MeasuredJob shop = job({segment_of("7")});
  shop.tenant = "shop";
  shop.labels = {{"job", "orders"}, {"tenant", "shop"}};
  aggregate::MeasuredJob bank = shop;
  bank.tenant = "bank";
  bank.labels[1].value = "bank";
  std::vector<std::pair<std::string, std::string>> threads;
  for (const model::Family& family : processes_.measure({bank, shop}, {})) {
    if (family.info->name == "process_threads") {
      ASSERT_EQ(family.points.size(), 1U);
      threads.emplace_back(family.info->tenant, family.points[0].series->label_block());
    }
  }
  EXPECT_THAT(threads, ElementsAre(Pair("bank", "job=\"orders\",tenant=\"bank\""),
                                   Pair("shop", "job=\"orders\",tenant=\"shop\"")));
}

TEST_F(JobProcessesTest, NobodyIsMeasuredUnasked) {
  run({.pid = "7"});
  EXPECT_THAT(measure({}), IsEmpty());
}

TEST(JobProcesses, ThisProcessIsFoundByItsNumber) {
  JobProcesses processes("/proc");
  const std::string pid = std::to_string(getpid());
  const aggregate::MeasuredJob job{"", {{"job", "test"}}, geteuid(), true, {{pid, INT64_MAX}}};
  std::vector<std::string> names;
  for (const model::Family& family : processes.measure({job}, {})) {
    names.push_back(family.info->name);
  }
  EXPECT_THAT(names, Contains("process_cpu_seconds_total"));
  EXPECT_THAT(names, Contains("process_open_fds"));
  EXPECT_THAT(names, Contains("process_start_time_seconds"));
}

}  // namespace
}  // namespace shmx::self
